/*
 * The decoder's loop: greedy, beam search, or several random candidates, at one temperature.
 */
#pragma once

#include "job.h"
#include "sampling.h"

#include <functional>
#include <vector>

namespace vb {

/* Where each predicted token was looked for in the audio: one block of shares for each, summing to 1, the mean over the alignment heads. */
struct AttentionArchive {
  size_t block = 0; /* encoder positions in a block, those of the audio alone; 0: nothing is kept */
  std::vector<float> blocks;

  const float *at(int32_t index) const { return blocks.data() + block * static_cast<size_t>(index); }
};

/* A text on its way. The k-th token was predicted from the k-th attention block. */
struct Sequence {
  std::vector<int32_t> tokens;
  std::vector<float> log_probabilities;
  std::vector<int32_t> attention; /* one more than tokens once `ended`: the block from which the end was predicted */
  double sum = 0;                 /* of the sampled tokens' log-probabilities, the end's included */
  int32_t sampled = 0;
  bool ended = false;     /* the model said so */
  bool repeating = false; /* given up, because its last tokens repeat themselves */

  double average() const { return sampled > 0 ? sum / sampled : 0.0; }
};

struct SearchOptions {
  std::vector<int32_t> opening; /* prompt, start, language, task; what is forced before the text */
  size_t start;                 /* index of the start token in it */
  std::vector<int32_t> prefix;  /* forced beginning of the text */
  Rules rules;
  int32_t beam_size;
  int32_t best_of;
  float temperature;
  int32_t most_tokens; /* sampled at most */
  double least_entropy;
  int32_t threads;
  int32_t audio_context;
  int32_t attention_positions; /* keep the attention to so many positions; 0: keep none */
  double expected_tokens;
  /* Called after each token of a greedy search. */
  std::function<void(const Sequence &, float no_speech)> on_token;
};

struct SearchResult {
  Sequence best;
  float no_speech = 0;
  int32_t steps = 0; /* passes of the decoder after the first */
  double prompt_seconds = 0;
  double decode_seconds = 0;
  AttentionArchive archive;
};

/* Decodes the audio that is in the state's encoder. Throws when cancelled or when the model gives no numbers. */
SearchResult search(const Model &model, whisper_state *state, vb_job *job, const SearchOptions &options);

} // namespace vb
