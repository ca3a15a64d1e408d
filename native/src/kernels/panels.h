/*
 * Matrix products with q8_0 weights that are stored in panels.
 *
 * A panel holds as many rows of the weights as a vector has lanes L (16 with AVX-512, 8 with AVX2), so that every lane computes its own
 * output and nothing is ever summed across lanes. For a matrix with K columns, in blocks of 32 as q8_0 has them:
 *
 *   scales   K/32 x L half floats
 *   weights  K/4  x L x 4 bytes: four neighbours of a row, then the same four of the next row
 *
 * which is the order that vpdpbusd (four products per lane) reads. It multiplies unsigned by signed bytes, so where it is used the
 * weights carry an offset of 128, which costs nothing: 128 times the sum of the activations is known when these are quantised, and the
 * integer accumulators simply start at minus that. A panel is exactly as large as the rows it holds; the last is padded with zero rows.
 *
 * Ways to multiply, chosen when this is compiled:
 *   AVX-512 VNNI, AVX-VNNI   activations as bytes, one scale per 32, integer products (as ggml does, but with float scales)
 *   AVX2                     the same by vpmaddubsw, with the weight's sign moved to the activation so that nothing saturates
 *   AVX-512 without VNNI     few inputs as AVX2, the memory being the limit; many: weights expanded to floats in the first-level cache
 */
#pragma once

#include "simd.h"

#ifdef VERBATIM_SIMD
#include <cstddef>
#include <cstdint>

namespace verbatim {

/* Whether a q8_0 matrix of this shape can be stored in panels. */
bool panels_fit(int64_t columns, int64_t rows);
/* Bytes of the panels of a q8_0 matrix. */
size_t panels_size(int64_t columns, int64_t rows);
/* Converts `rows` rows of q8_0 blocks. */
void panels_pack(const void * q8_0, int64_t columns, int64_t rows, uint8_t * panels);
/* One row back as floats. */
void panels_row(const uint8_t * panels, int64_t columns, int64_t row, float * into);

struct product {
    const uint8_t * panels;
    int64_t         columns; /* K: of the weights, and length of an input */
    int64_t         rows;    /* of the weights, and length of an output */
    const float *   inputs;
    int64_t         input_stride; /* in floats */
    int64_t         count;        /* inputs and outputs */
    float *         outputs;
    int64_t         output_stride;
};

/* Scratch memory that a product needs. */
size_t product_scratch(int64_t columns, int64_t count);
/* First step: prepares inputs, shared between `threads`. All must have finished it before the second begins. */
void product_prepare(const product & p, uint8_t * scratch, int thread, int threads);
/* Second step, in independent pieces. */
int  product_pieces(const product & p, int threads);
void product_compute(const product & p, const uint8_t * scratch, int piece, int pieces);

} // namespace verbatim
#endif
