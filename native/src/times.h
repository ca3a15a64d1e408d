/*
 * When each token was said, read from the decoder's cross-attention. While it predicts a token, the alignment heads look at where the token
 * is said: their mean share at a position is taken for the probability that the token is said there, and the most probable monotonic path
 * over the audio (dynamic time warping) tells at which position each token begins. docs/word-times.md compares this with openai/whisper's
 * standardised and median-filtered weights.
 */
#pragma once

#include "search.h"

#include <vector>

namespace vb {

struct Span {
  double from, to;
};

/* Encoder positions that so much audio fills. */
int32_t audio_positions(double seconds, int32_t audio_context);

/* One span for each token of the sequence, in seconds, within `seconds` of audio. */
std::vector<Span> align_tokens(const AttentionArchive &archive, const Sequence &sequence, double seconds);

} // namespace vb
