/*
 * When each token was said, read from the cross-attention of the alignment heads (openai/whisper, timing.py): the weights are
 * standardised over the tokens, smoothed by a median over 7 positions, averaged over the heads, and the cheapest monotonic path through
 * them (dynamic time warping) tells at which position each token begins.
 */
#pragma once

#include "search.h"

#include <vector>

namespace vb {

struct Span {
  double from, to;
};

/* One span for each token of the sequence, in seconds, within `seconds` of audio. */
std::vector<Span> align_tokens(const AttentionArchive &archive, const Sequence &sequence, int32_t heads, int32_t audio_context, double seconds);

} // namespace vb
