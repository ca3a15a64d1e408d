/* States and the first half of every job: from PCM to encoded audio. See state.h. */
#include "state.h"

#include "clock.h"
#include "mel.h"

#include <algorithm>
#include <cmath>

namespace vb {

void check_audio(const float *pcm, uint64_t samples) {
  constexpr uint64_t kMost = 30 * kSampleRate;
  constexpr float kLoudest = 1e6f; // far above any scale that people use, far below where the power overflows
  if (!pcm || samples == 0) fail(VB_E_ARGUMENT, "There is no audio.");
  if (samples > kMost) fail(VB_E_ARGUMENT, "The audio is longer than 30 s.");
  bool sound = true;
  for (uint64_t i = 0; i < samples; i++) sound &= std::fabs(pcm[i]) <= kLoudest; // false for what is not a number
  if (!sound) fail(VB_E_AUDIO, "The audio holds values that are no samples (not a number, or infinite).");
}

void check_threads(int32_t threads) {
  if (threads < 0 || threads > 512) fail(VB_E_ARGUMENT, "The number of threads is out of range (1 to 512).");
}

int32_t round_audio_context(const Model &model, int32_t asked, uint64_t samples) {
  constexpr int32_t kStep = 64; // tinyBLAS declines other row counts, which costs the first convolution a factor of 25
  const int32_t whole = model.dimensions.audio_context;
  if (asked < 0 || asked > whole) fail(VB_E_ARGUMENT, "The audio context is out of range (0 to " + std::to_string(whole) + ").");
  if (asked == 0) return whole;
  const auto needed = static_cast<int32_t>((samples + 2 * kHop - 1) / (2 * kHop));
  return std::min(whole, (std::max(asked, needed) + kStep - 1) / kStep * kStep);
}

void encode_audio(vb_state &state, const float *pcm, uint64_t samples, int32_t audio_context, int32_t threads, double *mel_seconds,
                  double *encode_seconds) {
  const Model &model = *state.model;
  Clock clock;
  const std::vector<float> mel =
      log_mel(pcm, samples, core::mel_filters(model.context.get()), model.dimensions.mels, 2 * audio_context);
  *mel_seconds = clock.lap();
  core::encode(model.context.get(), state.state.get(), mel, audio_context, threads);
  *encode_seconds = clock.lap();
}

} // namespace vb

extern "C" {

int32_t vb_state_new(vb_model *model, vb_state **state, char *error) {
  return vb::guarded(error, [&] {
    if (!model || !state) vb::fail(VB_E_ARGUMENT, "No model, or no place for the state.");
    *state = nullptr;
    auto made = std::make_unique<vb_state>();
    made->model = model->model;
    made->state = vb::core::new_state(made->model->context.get(), &made->stop);
    *state = made.release();
  });
}

void vb_state_free(vb_state *state) { delete state; }
}
