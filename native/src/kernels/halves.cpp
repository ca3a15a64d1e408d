#include "halves.h"

#ifdef VERBATIM_SIMD
#include "words.h"

#include <algorithm>
#include <cstring>

namespace verbatim {
namespace {

constexpr int panel_rows = tile_vectors * lanes; /* rows of the first operand that a tile covers */
constexpr int most_words = 5120; /* of a row, which is packed on the stack: the widest layer of the largest model */
constexpr int most_stride = 2;   /* of the windows */

VERBATIM_INLINE int64_t row_count(const ggml_tensor * op) { return op->src[0]->ne[1]; }
VERBATIM_INLINE int64_t panels_of(const ggml_tensor * op) { return (row_count(op) + lanes - 1) / lanes; }
VERBATIM_INLINE int64_t sets_of(const ggml_tensor * op) { return (row_count(op) + panel_rows - 1) / panel_rows; }
VERBATIM_INLINE int64_t words_of_row(const ggml_tensor * op) { return op->src[0]->ne[0] / depth; }

/* Second operand: plain rows of words, zero rows up to a multiple of tile_rows. */
VERBATIM_INLINE int64_t padded_count(const ggml_tensor * op) { return (op->src[1]->ne[1] + tile_rows - 1) / tile_rows * tile_rows; }

/* `lanes` rows become one panel: word by word of the row, lane by lane. */
void pack_panel(const ggml_tensor * from, int64_t first, word * to, word * row) {
    const int64_t count = from->ne[0];
    for (int lane = 0; lane < lanes; ++lane) {
        if (first + lane < from->ne[1]) {
            row_words((const uint16_t *) ((const char *) from->data + (first + lane) * from->nb[1]), count, row);
            for (int64_t i = 0; i < count / depth; ++i) to[i * lanes + lane] = row[i];
        } else {
            for (int64_t i = 0; i < count / depth; ++i) to[i * lanes + lane] = 0;
        }
    }
}

} // namespace

bool is_half_product(const ggml_tensor * op) {
    const ggml_tensor *a = op->src[0], *b = op->src[1];
    return a->type == GGML_TYPE_F16 && (b->type == GGML_TYPE_F16 || b->type == GGML_TYPE_F32) && op->type == GGML_TYPE_F32 &&
           ggml_is_matrix(a) && ggml_is_matrix(b) && a->nb[0] == sizeof(uint16_t) && b->nb[0] == ggml_type_size(b->type) &&
           op->nb[0] == sizeof(float) && a->ne[0] % lanes == 0 && words_of_row(op) <= most_words && a->ne[1] >= panel_rows &&
           b->ne[1] >= 4 * tile_rows;
}

size_t half_product_scratch(const ggml_tensor * op) {
    /* panels, rows, and one row per thread's packing, which the panels' own tail serves */
    return (sets_of(op) * panel_rows + padded_count(op)) * words_of_row(op) * sizeof(word) + 64;
}

void half_product(const ggml_compute_params * params, const ggml_tensor * op) {
    const ggml_tensor *a = op->src[0], *b = op->src[1];
    const int64_t      length = words_of_row(op), count = b->ne[1];
    word *             panels = (word *) (((uintptr_t) params->wdata + 63) / 64 * 64);
    word *             rows   = panels + sets_of(op) * panel_rows * length;

    for (int64_t n = params->ith; n < padded_count(op); n += params->nth) {
        const char * from = (const char *) b->data + n * b->nb[1];
        if (n >= count) memset(rows + n * length, 0, length * sizeof(word));
        else if (b->type == GGML_TYPE_F16) row_words((const uint16_t *) from, b->ne[0], rows + n * length);
        else row_words((const float *) from, b->ne[0], rows + n * length);
    }
    if (params->ith == 0) ggml_threadpool_chunk_set(params->threadpool, params->nth);
    ggml_barrier(params->threadpool);

    alignas(64) word one_row[most_words];
    for (int64_t set = params->ith; set < sets_of(op); set = ggml_threadpool_chunk_add(params->threadpool, 1)) {
        word * panel = panels + set * panel_rows * length;
        for (int v = 0; v < tile_vectors; ++v) pack_panel(a, set * panel_rows + v * lanes, panel + v * lanes * length, one_row);
        for (int64_t n = 0; n < count; n += tile_rows) {
            vec sums[tile_vectors][tile_rows];
            each_sum(sums, [&](vec & s, auto, auto) VERBATIM_LAMBDA { s = zero(); });
            tile(panel, lanes * length, lanes, rows + n * length, length, length, sums);
            each_sum(sums, [&](vec & s, auto v, auto r) VERBATIM_LAMBDA {
                const int64_t row  = set * panel_rows + v * lanes;
                const int64_t left = row_count(op) - row;
                float *       to   = (float *) ((char *) op->data + (n + r) * op->nb[1]) + row;
                if (n + r >= count || left <= 0) return;
                if (left >= lanes) {
                    store(to, s);
                } else {
                    alignas(64) float all_lanes[lanes];
                    store(all_lanes, s);
                    memcpy(to, all_lanes, left * sizeof(float));
                }
            });
        }
    }
}

/* ---- windows ---------------------------------------------------------------------------------------------------- */

bool is_gather_windows(const ggml_tensor * op) {
    const ggml_tensor *kernel = op->src[0], *input = op->src[1];
    const int32_t *    p = op->op_params; /* stride, -, padding, -, dilation, -, two dimensions? */
    return p[6] == 0 && p[4] == 1 && p[2] == 1 && p[0] >= 1 && p[0] <= most_stride && kernel->ne[0] == 3 && op->type == GGML_TYPE_F16 &&
           input->type == GGML_TYPE_F32 && input->ne[2] == 1 && input->ne[3] == 1 && input->nb[0] == sizeof(float) && op->ne[2] == 1 && op->ne[3] == 1 && ggml_is_contiguous(op);
}

void gather_windows(const ggml_compute_params * params, const ggml_tensor * op) {
    const ggml_tensor * input    = op->src[1];
    const int64_t       stride   = op->op_params[0];
    const int64_t       channels = input->ne[1], length = input->ne[0], windows = op->ne[1];
    constexpr int64_t   at_once = 16, most_channels = 512; /* a block of the input in half floats stays in cache */
    const int64_t       span = (at_once - 1) * stride + 3;
    alignas(64) uint16_t halves[most_channels][((at_once - 1) * most_stride + 3 + 31) / 16 * 16 + 1];

    for (int64_t first = params->ith * at_once; first < windows; first += params->nth * at_once) {
        const int64_t last  = std::min(windows, first + at_once);
        const int64_t start = first * stride - 1; /* the padding of one */
        for (int64_t from = 0; from < channels; from += most_channels) {
            const int64_t to = std::min(channels, from + most_channels);
            for (int64_t c = from; c < to; ++c) {
                const float * x = (const float *) ((const char *) input->data + c * input->nb[1]);
                uint16_t *    h = halves[c - from];
                if (start >= 0 && start + (span + lanes - 1) / lanes * lanes <= length) {
                    for (int64_t i = 0; i < span; i += lanes) store_f16(h + i, load(x + start + i));
                } else {
                    for (int64_t i = 0; i < span; ++i) {
                        const int64_t at = start + i;
                        h[i]             = at >= 0 && at < length ? _cvtss_sh(x[at], _MM_FROUND_TO_NEAREST_INT) : 0;
                    }
                }
            }
            for (int64_t n = first; n < last; ++n) {
                uint16_t * row = (uint16_t *) op->data + (n * channels + from) * 3;
                /* Four halves at a time, of which the next window overwrites the last. */
                for (int64_t c = 0; c < to - from - 1; ++c) memcpy(row + c * 3, halves[c] + (n - first) * stride, 8);
                memcpy(row + (to - from - 1) * 3, halves[to - from - 1] + (n - first) * stride, 6);
            }
        }
    }
}

} // namespace verbatim
#endif
