/*
 * A state: the memory in which one thread decodes, over the weights that all states of a model share.
 */
#pragma once

#include "job.h"
#include "model.h"

struct vb_state {
  std::shared_ptr<const vb::Model> model; /* a state keeps its model alive */
  std::atomic<const std::atomic<int32_t> *> stop{nullptr};
  vb::core::State state;
};

namespace vb {

/* Lets a job's cancel word stop the state's computations for as long as it lives. */
class Watch {
public:
  Watch(vb_state *state, const vb_job *job) : state(state) { state->stop = job ? &job->cancelled : nullptr; }
  ~Watch() { state->stop = nullptr; }
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;

private:
  vb_state *state;
};

/* What went wrong in a computation that was stopped is the stop itself. */
template <typename Body> void cancellable(const vb_job *job, Body &&body) {
  try {
    body();
  } catch (const Failure &) {
    check_cancelled(job);
    throw;
  }
}

/* Throws unless this is up to 30 s of sound: not empty, and numbers all of it. */
void check_audio(const float *pcm, uint64_t samples);
void check_threads(int32_t threads);

/* Runs the encoder over the audio. `audio_context` is one that round_audio_context gave. */
void encode_audio(vb_state &state, const float *pcm, uint64_t samples, int32_t audio_context, int32_t threads, double *mel_seconds,
                  double *encode_seconds);

/* The positions to look at: at least the audio's and those asked for (0: all), in steps that the kernels like. */
int32_t round_audio_context(const Model &model, int32_t asked, uint64_t samples);

struct Language {
  int32_t index;
  float probability;
};

/* Languages by likelihood for the audio that is in the encoder; costs one pass of the decoder. */
std::vector<Language> rate_languages(vb_state &state, int32_t threads, const std::vector<int32_t> &among);

} // namespace vb
