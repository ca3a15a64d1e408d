/*
 * Attention with heads of 64, which all Whisper models have.
 *
 * The encoder's (many queries, no mask) is a flash attention: softmax and both products pass over the keys once, in blocks that stay in
 * the first-level cache. Where the CPU multiplies bfloat16 pairs (AVX-512 BF16), queries, keys, weights and values are rounded to
 * that, which doubles the speed; sums stay floats. Elsewhere everything is float.
 *
 * The decoder's (few queries, keys and values in half floats as the cache holds them) stays two products around ggml's softmax, so that
 * its weights can be read; they are bound by memory.
 */
#pragma once

#include "simd.h"

#ifdef VERBATIM_SIMD
#include "ggml-cpu-impl.h"
#include "ggml.h"

namespace verbatim {

/* GGML_OP_FLASH_ATTN_EXT as the encoder asks for it. */
bool   is_attention(const ggml_tensor * op);
size_t attention_scratch(const ggml_tensor * op); /* bytes per thread */
void   attention(const ggml_compute_params * params, const ggml_tensor * op);

/* GGML_OP_MUL_MAT of the decoder's attention: keys times queries, or values times weights. */
bool is_attention_product(const ggml_tensor * op);
void attention_product(const ggml_compute_params * params, const ggml_tensor * op);

} // namespace verbatim
#endif
