/*
 * Products of half-float matrices: the convolutions (as ggml writes them, a product over gathered windows) and all matrices of f16 models.
 * Rows of both operands are packed into words (words.h) first, which costs little next to the product of two large matrices.
 */
#pragma once

#include "simd.h"

#ifdef VERBATIM_SIMD
#include "ggml-cpu-impl.h"
#include "ggml.h"

namespace verbatim {

/* GGML_OP_MUL_MAT of a large half-float matrix by a large matrix of halves or floats. */
bool   is_half_product(const ggml_tensor * op);
size_t half_product_scratch(const ggml_tensor * op);
void   half_product(const ggml_compute_params * params, const ggml_tensor * op);

/* GGML_OP_IM2COL in one dimension: the windows of three that Whisper's convolutions multiply. */
bool is_gather_windows(const ggml_tensor * op);
void gather_windows(const ggml_compute_params * params, const ggml_tensor * op);

} // namespace verbatim
#endif
