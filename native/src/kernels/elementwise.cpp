#include "elementwise.h"

#ifdef VERBATIM_SIMD
#include <algorithm>
#include <cmath>

namespace verbatim {
namespace {

const float * row_of(const ggml_tensor * t, int64_t row) {
    const int64_t i1 = row % t->ne[1], i2 = row / t->ne[1] % t->ne[2], i3 = row / t->ne[1] / t->ne[2];
    return (const float *) ((const char *) t->data + i1 * t->nb[1] + i2 * t->nb[2] + i3 * t->nb[3]);
}

float * row_of(ggml_tensor * t, int64_t row) { return (float *) row_of((const ggml_tensor *) t, row); }

bool rows_of_floats(const ggml_tensor * t) { return t->type == GGML_TYPE_F32 && t->nb[0] == sizeof(float) && t->ne[0] % lanes == 0; }

} // namespace

bool is_gelu(const ggml_tensor * op) {
    return ggml_get_unary_op(op) == GGML_UNARY_OP_GELU && rows_of_floats(op) && rows_of_floats(op->src[0]) && ggml_are_same_shape(op, op->src[0]);
}

void gelu(const ggml_compute_params * params, const ggml_tensor * op) {
    /* x/2 (1 + tanh z) = x / (1 + e^-2z), z = sqrt(2/pi) (x + 0.044715 x^3); the power of two: -2 log2(e) z */
    const vec     linear = all(-2.0f * 1.44269504089f * 0.79788456080f), cubic = all(-2.0f * 1.44269504089f * 0.79788456080f * 0.044715f);
    const int64_t size   = op->ne[0];
    /* Shares by columns when there are few rows: one token still feeds all threads. */
    const int64_t rows = ggml_nrows(op), part = rows >= params->nth ? size : (size / lanes + params->nth - 1) / params->nth * lanes;
    const int64_t parts = (size + part - 1) / part;
    for (int64_t unit = params->ith; unit < rows * parts; unit += params->nth) {
        const float * x  = row_of(op->src[0], unit / parts);
        float *       to = row_of(const_cast<ggml_tensor *>(op), unit / parts);
        const int64_t end = std::min(size, (unit % parts + 1) * part);
        for (int64_t i = unit % parts * part; i < end; i += lanes) {
            const vec v = load(x + i);
            const vec z = mul(v, fma(mul(v, v), cubic, linear));
            store(to + i, div(v, add(all(1.0f), exp2(min(z, all(126.0f))))));
        }
    }
}

bool is_norm(const ggml_tensor * op) { return rows_of_floats(op) && rows_of_floats(op->src[0]); }

void norm(const ggml_compute_params * params, const ggml_tensor * op) {
    const int64_t size = op->ne[0];
    float         epsilon;
    memcpy(&epsilon, op->op_params, sizeof(float));
    for (int64_t row = params->ith; row < ggml_nrows(op); row += params->nth) {
        const float * x  = row_of(op->src[0], row);
        float *       to = row_of(const_cast<ggml_tensor *>(op), row);
        vec           total = zero();
        for (int64_t i = 0; i < size; i += lanes) total = add(total, load(x + i));
        const vec mean    = all(sum(total) / size);
        vec       squares = zero();
        for (int64_t i = 0; i < size; i += lanes) {
            const vec d = sub(load(x + i), mean);
            squares     = fma(d, d, squares);
        }
        const vec scale = all(1.0f / std::sqrt(sum(squares) / size + epsilon));
        for (int64_t i = 0; i < size; i += lanes) store(to + i, mul(sub(load(x + i), mean), scale));
    }
}

bool is_add_per_row(const ggml_tensor * op) {
    const ggml_tensor *a = op->src[0], *b = op->src[1];
    return rows_of_floats(op) && rows_of_floats(a) && ggml_are_same_shape(op, a) && ggml_is_matrix(a) && b->type == GGML_TYPE_F32 &&
           b->ne[0] == 1 && b->ne[1] == a->ne[1] && ggml_is_matrix(b) && a->ne[0] > 1;
}

void add_per_row(const ggml_compute_params * params, const ggml_tensor * op) {
    for (int64_t row = params->ith; row < op->ne[1]; row += params->nth) {
        const float * x    = row_of(op->src[0], row);
        float *       to   = row_of(const_cast<ggml_tensor *>(op), row);
        const vec     bias = all(*row_of(op->src[1], row));
        for (int64_t i = 0; i < op->ne[0]; i += lanes) store(to + i, add(load(x + i), bias));
    }
}

bool is_transpose(const ggml_tensor * op) {
    const ggml_tensor * a = op->src[0];
    return a->type == GGML_TYPE_F32 && ggml_is_matrix(a) && ggml_is_matrix(op) && ggml_are_same_shape(a, op) && a->nb[1] == sizeof(float) &&
           a->nb[0] > a->nb[1] && a->ne[0] >= lanes && (op->type == GGML_TYPE_F32 || op->type == GGML_TYPE_F16) &&
           op->nb[0] == ggml_type_size(op->type);
}

void transpose(const ggml_compute_params * params, const ggml_tensor * op) {
    const ggml_tensor * a = op->src[0];
    constexpr int64_t   block = 64; /* rows by `lanes` columns at a time: whole cache lines are read and written */
    const int64_t       width = op->ne[0], rows = op->ne[1];
    for (int64_t first = params->ith * block; first < rows; first += params->nth * block) {
        const int64_t last = std::min(rows, first + block);
        for (int64_t i = 0; i < width; i += lanes) {
            const int64_t count = std::min<int64_t>(lanes, width - i);
            for (int64_t row = first; row < last; ++row) {
                alignas(64) float x[lanes] = {};
                for (int64_t j = 0; j < count; ++j) x[j] = *(const float *) ((const char *) a->data + (i + j) * a->nb[0] + row * sizeof(float));
                char * to = (char *) op->data + row * op->nb[1];
                alignas(64) uint16_t h[lanes];
                if (op->type == GGML_TYPE_F32) {
                    memcpy(to + i * sizeof(float), x, count * sizeof(float));
                } else {
                    store_f16(h, load(x));
                    memcpy(to + i * sizeof(uint16_t), h, count * sizeof(uint16_t));
                }
            }
        }
    }
}

bool is_halving(const ggml_tensor * op) {
    const ggml_tensor * a = op->src[0];
    return a->type == GGML_TYPE_F32 && op->type == GGML_TYPE_F16 && ggml_is_contiguous(a) && ggml_is_contiguous(op) &&
           ggml_nelements(a) == ggml_nelements(op) && ggml_nelements(a) % lanes == 0;
}

void halve(const ggml_compute_params * params, const ggml_tensor * op) {
    const int64_t size = ggml_nelements(op), part = (size / lanes + params->nth - 1) / params->nth * lanes;
    const int64_t end = std::min(size, (params->ith + 1) * part);
    for (int64_t i = params->ith * part; i < end; i += lanes) store_f16((uint16_t *) op->data + i, load((const float *) op->src[0]->data + i));
}

} // namespace verbatim
#endif
