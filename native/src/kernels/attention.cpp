#include "attention.h"

#ifdef VERBATIM_SIMD
#include "words.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace verbatim {
namespace {

constexpr int head       = 64;  /* size of a head */
constexpr int key_block  = 128; /* keys per pass: their K and V fill half of a 48 KB cache as bfloat16 */
constexpr int query_rows = 4 * tile_rows;
constexpr int head_words  = head / depth;
constexpr int key_words   = key_block / depth;
constexpr int panel_words = head_words * lanes;

VERBATIM_INLINE int64_t padded(int64_t keys) { return (keys + key_block - 1) / key_block * key_block; }

/* Keys of one head: panels of `lanes` keys, word by word of the head. Padding is zero. */
void pack_keys(const char * from, int64_t stride, int64_t keys, word * to) {
    for (int64_t key = 0; key < padded(keys); ++key) {
        alignas(64) word row[head_words] = {};
        if (key < keys) row_words((const uint16_t *) (from + key * stride), head, row);
        word * column = to + key / lanes * panel_words + key % lanes;
        for (int i = 0; i < head_words; ++i) column[i * lanes] = row[i];
    }
}

/* Values of one head: per word of keys, the whole head. Padding is zero. */
void pack_values(const char * from, int64_t stride, int64_t keys, word * to) {
    const auto value = [&](int64_t key, int i) { return key < keys ? load_f16((const uint16_t *) (from + key * stride) + i) : zero(); };
    for (int64_t key = 0; key < padded(keys); key += depth) {
        for (int i = 0; i < head; i += lanes) store_lanes(to + key / depth * head + i, words_of(value(key, i), value(key + depth - 1, i)));
    }
}

/* Scores of tile_rows queries with key_block keys. */
void score(const word * queries, const word * keys, float * scores) {
    for (int k = 0; k < key_block; k += tile_vectors * lanes) {
        vec sums[tile_vectors][tile_rows];
        each_sum(sums, [&](vec & s, auto, auto) VERBATIM_LAMBDA { s = zero(); });
        tile(keys + k / lanes * panel_words, panel_words, lanes, queries, head_words, head_words, sums);
        each_sum(sums, [&](vec & s, auto v, auto r) VERBATIM_LAMBDA { store(scores + r * key_block + k + v * lanes, s); });
    }
}

/* Scores in base 2 become weights; returns the factor by which what was summed before must shrink. */
float soften(float * scores, word * weights, float & top, float & total) {
    vec highest_lanes = load(scores);
    for (int k = lanes; k < key_block; k += lanes) highest_lanes = max(highest_lanes, load(scores + k));
    const float before = top;
    top                = std::max(top, highest(highest_lanes));
    const vec shift    = all(top);
    vec       sums     = zero();
    for (int k = 0; k < key_block; k += lanes) {
        const vec p = exp2(sub(load(scores + k), shift));
        sums        = add(sums, p);
        store_words(weights + k / depth, p);
    }
    const float shrink = std::exp2(before - top);
    total              = total * shrink + sum(sums);
    return shrink;
}

/* Adds key_block weighted values to the outputs of tile_rows queries, which shrink first. */
void gather(const word * weights, const word * values, const float * shrink, float * outputs) {
    for (int d = 0; d < head; d += tile_vectors * lanes) {
        vec sums[tile_vectors][tile_rows];
        each_sum(sums, [&](vec & s, auto v, auto r) VERBATIM_LAMBDA { s = mul(load(outputs + r * head + d + v * lanes), all(shrink[r])); });
        tile(values + d, lanes, head, weights, key_words, key_words, sums);
        each_sum(sums, [&](vec & s, auto v, auto r) VERBATIM_LAMBDA { store(outputs + r * head + d + v * lanes, s); });
    }
}

/* Up to query_rows queries of one head against all keys. */
void attend(const char * queries, int64_t query_stride, int64_t count, float scale, const word * keys, const word * values, int64_t key_count,
            char * outputs, int64_t output_stride) {
    alignas(64) word  q[query_rows * head_words];
    alignas(64) float scores[query_rows * key_block];
    alignas(64) word  weights[query_rows * key_words];
    alignas(64) float sums[query_rows * head] = {};
    float             top[query_rows], total[query_rows] = {}, shrink[query_rows];

    const int64_t rows = (count + tile_rows - 1) / tile_rows * tile_rows;
    for (int64_t n = 0; n < rows; ++n) {
        top[n] = -INFINITY;
        for (int i = 0; i < head; i += lanes) {
            const vec x = n < count ? load((const float *) (queries + n * query_stride) + i) : zero();
            store_words(q + n * head_words + i / depth, mul(x, all(scale)));
        }
    }
    for (int64_t k = 0; k < key_count; k += key_block) {
        for (int64_t n = 0; n < rows; n += tile_rows) score(q + n * head_words, keys + k * head_words, scores + n * key_block);
        for (int64_t n = 0; n < rows; ++n) {
            float * row = scores + n * key_block;
            for (int64_t i = key_count - k; i < key_block; ++i) row[i] = -INFINITY;
            shrink[n] = soften(row, weights + n * key_words, top[n], total[n]);
        }
        for (int64_t n = 0; n < rows; n += tile_rows) {
            gather(weights + n * key_words, values + k / depth * head, shrink + n, sums + n * head);
        }
    }
    for (int64_t n = 0; n < count; ++n) {
        const vec inverse = all(1.0f / total[n]);
        for (int i = 0; i < head; i += lanes) store((float *) (outputs + n * output_stride) + i, mul(load(sums + n * head + i), inverse));
    }
}

} // namespace

bool is_attention(const ggml_tensor * op) {
    const ggml_tensor *q = op->src[0], *k = op->src[1], *v = op->src[2];
    float scale, bias, cap;
    memcpy(&scale, (const float *) op->op_params + 0, sizeof(float));
    memcpy(&bias, (const float *) op->op_params + 1, sizeof(float));
    memcpy(&cap, (const float *) op->op_params + 2, sizeof(float));
    return !op->src[3] && !op->src[4] && bias == 0.0f && cap == 0.0f && scale > 0.0f && /* no mask, no sinks */
           q->type == GGML_TYPE_F32 && k->type == GGML_TYPE_F16 && v->type == GGML_TYPE_F16 && op->type == GGML_TYPE_F32 &&
           q->ne[0] == head && k->ne[0] == head && v->ne[0] == head && q->ne[1] >= tile_rows && k->ne[1] == v->ne[1] &&
           q->ne[2] == k->ne[2] && q->ne[2] == v->ne[2] && q->ne[3] == 1 && k->ne[3] == 1 && v->ne[3] == 1 &&
           q->nb[0] == sizeof(float) && k->nb[0] == sizeof(uint16_t) && v->nb[0] == sizeof(uint16_t);
}

size_t attention_scratch(const ggml_tensor * op) { return 2 * padded(op->src[1]->ne[1]) * head_words * sizeof(word) + 64; }

void attention(const ggml_compute_params * params, const ggml_tensor * op) {
    const ggml_tensor *q = op->src[0], *k = op->src[1], *v = op->src[2];
    const int64_t      queries = q->ne[1], keys = k->ne[1], heads = q->ne[2];
    float              scale;
    memcpy(&scale, op->op_params, sizeof(float));
    scale *= 1.44269504089f; /* log2(e): softmax with powers of two */

    char *  scratch       = (char *) params->wdata + params->ith * attention_scratch(op);
    word *  packed_keys   = (word *) (((uintptr_t) scratch + 63) / 64 * 64);
    word *  packed_values = packed_keys + padded(keys) * head_words;

    /* Units of work: a head, or with many threads a share of its queries; each packs the head's keys and values for itself. */
    const int64_t shares = std::min<int64_t>((2 * params->nth - 1) / heads + 1, (queries + query_rows - 1) / query_rows);
    const int64_t share  = ((queries + shares - 1) / shares + query_rows - 1) / query_rows * query_rows;
    if (params->ith == 0) ggml_threadpool_chunk_set(params->threadpool, params->nth);
    ggml_barrier(params->threadpool);
    for (int64_t unit = params->ith; unit < heads * shares; unit = ggml_threadpool_chunk_add(params->threadpool, 1)) {
        const int64_t h = unit / shares, first = unit % shares * share, last = std::min(queries, first + share);
        if (first >= last) continue;
        pack_keys((const char *) k->data + h * k->nb[2], k->nb[1], keys, packed_keys);
        pack_values((const char *) v->data + h * v->nb[2], v->nb[1], keys, packed_values);
        for (int64_t n = first; n < last; n += query_rows) {
            attend((const char *) q->data + h * q->nb[2] + n * q->nb[1], q->nb[1], std::min<int64_t>(query_rows, last - n), scale,
                   packed_keys, packed_values, keys, (char *) op->data + h * op->nb[1] + n * op->nb[2], op->nb[2]);
        }
    }
}

/* ---- the decoder's products ------------------------------------------------------------------------------------- */

namespace {

constexpr int most_queries = 8; /* a token or the beams; prompts have more and go to ggml's matrix product */

#if VERBATIM_SIMD == 512
/* Lane i of the result is the sum of the lanes of x[i]. */
VERBATIM_INLINE vec sums_of(vec (&x)[lanes]) {
    unrolled<8>([&](auto i) VERBATIM_LAMBDA { x[i] = add(_mm512_unpacklo_ps(x[2 * i], x[2 * i + 1]), _mm512_unpackhi_ps(x[2 * i], x[2 * i + 1])); });
    vec y[4];
    unrolled<4>([&](auto i) VERBATIM_LAMBDA {
        const __m512d a = _mm512_castps_pd(x[2 * i]), b = _mm512_castps_pd(x[2 * i + 1]);
        y[i] = add(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    });
    unrolled<2>([&](auto i) VERBATIM_LAMBDA {
        y[i] = add(_mm512_shuffle_f32x4(y[2 * i], y[2 * i + 1], 0x88), _mm512_shuffle_f32x4(y[2 * i], y[2 * i + 1], 0xdd));
    });
    return add(_mm512_shuffle_f32x4(y[0], y[1], 0x88), _mm512_shuffle_f32x4(y[0], y[1], 0xdd));
}
#else
VERBATIM_INLINE vec sums_of(vec (&x)[lanes]) {
    unrolled<4>([&](auto i) VERBATIM_LAMBDA { x[i] = add(_mm256_unpacklo_ps(x[2 * i], x[2 * i + 1]), _mm256_unpackhi_ps(x[2 * i], x[2 * i + 1])); });
    vec y[2];
    unrolled<2>([&](auto i) VERBATIM_LAMBDA {
        const __m256d a = _mm256_castps_pd(x[2 * i]), b = _mm256_castps_pd(x[2 * i + 1]);
        y[i] = add(_mm256_castpd_ps(_mm256_unpacklo_pd(a, b)), _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
    });
    return add(_mm256_permute2f128_ps(y[0], y[1], 0x20), _mm256_permute2f128_ps(y[0], y[1], 0x31));
}
#endif

/* Keys (half floats, one row each) times one query of size `head`. */
void keys_times_query(const char * keys, int64_t stride, int64_t count, const float * query, float * to) {
    constexpr int parts = head / lanes;
    vec           q[parts];
    unrolled<parts>([&](auto i) VERBATIM_LAMBDA { q[i] = load(query + i * lanes); });
    const auto row = [&](int64_t key) VERBATIM_LAMBDA {
        const uint16_t * k = (const uint16_t *) (keys + key * stride);
        vec              s = mul(load_f16(k), q[0]);
        unrolled<parts - 1>([&](auto i) VERBATIM_LAMBDA { s = fma(load_f16(k + (i + 1) * lanes), q[i + 1], s); });
        return s;
    };
    int64_t key = 0;
    for (; key + lanes <= count; key += lanes) {
        vec s[lanes];
        unrolled<lanes>([&](auto i) VERBATIM_LAMBDA { s[i] = row(key + i); });
        store(to + key, sums_of(s));
    }
    for (; key < count; ++key) to[key] = sum(row(key));
}

/* R rows of values (half floats, one row per element of the head) times the weights of one query. */
template <int R> void values_times_weights(const char * values, int64_t stride, int64_t count, const float * weights, float * to) {
    vec s[R];
    unrolled<R>([&](auto r) VERBATIM_LAMBDA { s[r] = zero(); });
    int64_t k = 0;
    for (; k + lanes <= count; k += lanes) {
        const vec w = load(weights + k);
        unrolled<R>([&](auto r) VERBATIM_LAMBDA { s[r] = fma(load_f16((const uint16_t *) (values + r * stride) + k), w, s[r]); });
    }
    unrolled<R>([&](auto r) VERBATIM_LAMBDA {
        float total = sum(s[r]);
        for (int64_t i = k; i < count; ++i) total += _cvtsh_ss(((const uint16_t *) (values + r * stride))[i]) * weights[i];
        to[r] = total;
    });
}

} // namespace

bool is_attention_product(const ggml_tensor * op) {
    const ggml_tensor *a = op->src[0], *b = op->src[1];
    return a->type == GGML_TYPE_F16 && b->type == GGML_TYPE_F32 && op->type == GGML_TYPE_F32 && a->ne[2] > 1 && a->ne[2] == b->ne[2] &&
           a->ne[3] == 1 && b->ne[3] == 1 && b->ne[1] <= most_queries && (a->ne[0] == head || a->ne[1] == head) &&
           a->nb[0] == sizeof(uint16_t) && b->nb[0] == sizeof(float) && op->nb[0] == sizeof(float);
}

void attention_product(const ggml_compute_params * params, const ggml_tensor * op) {
    const ggml_tensor *a = op->src[0], *b = op->src[1];
    for (int64_t h = params->ith; h < a->ne[2]; h += params->nth) {
        const char * rows = (const char *) a->data + h * a->nb[2];
        for (int64_t n = 0; n < b->ne[1]; ++n) {
            const float * x  = (const float *) ((const char *) b->data + h * b->nb[2] + n * b->nb[1]);
            float *       to = (float *) ((char *) op->data + h * op->nb[2] + n * op->nb[1]);
            if (a->ne[0] == head) {
                keys_times_query(rows, a->nb[1], a->ne[1], x, to);
            } else {
                for (int i = 0; i < head; i += 8) values_times_weights<8>(rows + i * a->nb[1], a->nb[1], a->ne[0], x, to + i);
            }
        }
    }
}

} // namespace verbatim
#endif
