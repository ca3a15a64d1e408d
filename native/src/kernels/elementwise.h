/* The small operations between the products, which ggml leaves scalar or reads from tables. */
#pragma once

#include "simd.h"

#ifdef VERBATIM_SIMD
#include "ggml-cpu-impl.h"
#include "ggml.h"

namespace verbatim {

/* GGML_UNARY_OP_GELU (the tanh form), of whole rows of floats. */
bool is_gelu(const ggml_tensor * op);
void gelu(const ggml_compute_params * params, const ggml_tensor * op);

/* GGML_OP_NORM over rows of floats. */
bool is_norm(const ggml_tensor * op);
void norm(const ggml_compute_params * params, const ggml_tensor * op);

/* GGML_OP_ADD of one number per row: the bias of a convolution. */
bool is_add_per_row(const ggml_tensor * op);
void add_per_row(const ggml_compute_params * params, const ggml_tensor * op);

/* GGML_OP_CPY and GGML_OP_CONT of a transposed matrix of floats, to floats or half floats. */
bool is_transpose(const ggml_tensor * op);
void transpose(const ggml_compute_params * params, const ggml_tensor * op);

/* GGML_OP_CPY of contiguous floats to contiguous half floats. */
bool is_halving(const ggml_tensor * op);
void halve(const ggml_compute_params * params, const ggml_tensor * op);

} // namespace verbatim
#endif
