/* Which language is spoken: the model's own guess at the first token after the start. */
#include "json.h"
#include "sampling.h"
#include "state.h"

#include <algorithm>
#include <cmath>

namespace vb {

std::vector<Language> rate_languages(vb_state &state, int32_t threads, const std::vector<int32_t> &among) {
  const Model &model = *state.model;
  core::clear_sequences(model.context.get(), state.state.get(), 1);
  const float *logits =
      core::decode(model.context.get(), state.state.get(), {{model.tokens.start, 0, 0, true}}, nullptr, threads);
  std::vector<Language> rated;
  std::vector<float> scores;
  for (int32_t index = 0; index < model.tokens.languages; index++) {
    if (!among.empty() && std::find(among.begin(), among.end(), index) == among.end()) continue;
    scores.push_back(logits[model.tokens.start + 1 + index]);
    rated.push_back({index, 0.0f});
  }
  const float total = log_sum_exp(scores.data(), scores.size());
  if (!std::isfinite(total)) fail(VB_E_BACKEND, "The model gave no numbers for this audio.");
  for (size_t i = 0; i < rated.size(); i++) rated[i].probability = std::exp(scores[i] - total);
  std::stable_sort(rated.begin(), rated.end(), [](const Language &a, const Language &b) { return a.probability > b.probability; });
  return rated;
}

namespace {

/* Indices of comma-separated codes; NULL or empty means all. */
std::vector<int32_t> read_codes(const Model &model, const char *codes) {
  std::vector<int32_t> indices;
  std::string list = codes ? codes : "";
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    std::string code = list.substr(at, end - at);
    code.erase(std::remove(code.begin(), code.end(), ' '), code.end());
    const int32_t index = core::language_index(code);
    if (index < 0 || index >= model.tokens.languages) fail(VB_E_ARGUMENT, "The model does not know the language \"" + code + "\".");
    indices.push_back(index);
    at = end + 1;
  }
  return indices;
}

} // namespace

} // namespace vb

extern "C" int32_t vb_detect_language(vb_state *state, vb_job *job, const float *pcm, uint64_t samples, int32_t threads, const char *among,
                                      vb_buffer *json, char *error) {
  using namespace vb;
  return guarded(error, [&] {
    if (!state || !json) fail(VB_E_ARGUMENT, "No state, or no buffer.");
    check_audio(pcm, samples);
    check_threads(threads);
    const Model &model = *state->model;
    if (!model.tokens.multilingual) fail(VB_E_ARGUMENT, "The model knows English only.");
    const std::vector<int32_t> indices = read_codes(model, among);

    const Watch watch(state, job);
    std::vector<Language> rated;
    cancellable(job, [&] {
      check_cancelled(job);
      double mel, encode;
      encode_audio(*state, pcm, samples, model.dimensions.audio_context, std::max(threads, 1), &mel, &encode);
      set_progress(job, 0.9);
      rated = rate_languages(*state, std::max(threads, 1), indices);
    });
    set_progress(job, 1.0);

    Json out;
    out.object();
    out.key("language").text(core::language_code(rated.front().index)).key("probability").number(rated.front().probability);
    out.key("all").object();
    for (const Language &language : rated) out.key(core::language_code(language.index)).number(language.probability);
    out.end_object().end_object();
    give(json, out.str());
  });
}
