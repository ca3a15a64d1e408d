#include "panels.h"

#ifdef VERBATIM_SIMD
#include <algorithm>
#include <cmath>
#include <cstring>

namespace verbatim {
namespace {

constexpr int block = 32; /* weights that share a scale in q8_0 */

struct q8_0_block {
    uint16_t scale; /* half float */
    int8_t   weights[block];
};

#if VERBATIM_SIMD == 512 && defined(__AVX512VNNI__)
#define VERBATIM_DOT 1
using ints = __m512i;
VERBATIM_INLINE ints int_all(int32_t x) { return _mm512_set1_epi32(x); }
VERBATIM_INLINE ints int_load(const uint8_t * p) { return _mm512_loadu_si512(p); }
VERBATIM_INLINE vec  to_float(ints x) { return _mm512_cvtepi32_ps(x); }
VERBATIM_INLINE ints dot(ints sums, ints weights, ints inputs) { return _mm512_dpbusd_epi32(sums, weights, inputs); }
constexpr int tile_panels = 2; /* x 6 inputs, integer and float: 24 of 32 registers accumulate */
#elif VERBATIM_SIMD == 256 && defined(__AVXVNNI__)
#define VERBATIM_DOT 1
using ints = __m256i;
VERBATIM_INLINE ints int_all(int32_t x) { return _mm256_set1_epi32(x); }
VERBATIM_INLINE ints int_load(const uint8_t * p) { return _mm256_loadu_si256((const __m256i *) p); }
VERBATIM_INLINE vec  to_float(ints x) { return _mm256_cvtepi32_ps(x); }
VERBATIM_INLINE ints dot(ints sums, ints weights, ints inputs) { return _mm256_dpbusd_avx_epi32(sums, weights, inputs); }
constexpr int tile_panels = 1; /* x 6 inputs, integer and float: 12 of 16 registers accumulate */
#else
constexpr int tile_panels = VERBATIM_SIMD == 512 ? 4 : 1; /* x 6 inputs; with AVX-512 of floats: 24 of 32 registers accumulate */
#endif
#if VERBATIM_SIMD == 512 && !defined(VERBATIM_DOT)
#define VERBATIM_EXPAND 1
#endif
constexpr int tile_inputs = 6;

#ifdef VERBATIM_DOT
constexpr uint8_t offset = 128;
#else
constexpr uint8_t offset = 0;
#endif

VERBATIM_INLINE int64_t blocks_of(int64_t columns) { return columns / block; }
VERBATIM_INLINE size_t  panel_size(int64_t columns) { return (size_t) blocks_of(columns) * sizeof(q8_0_block) * lanes; }
VERBATIM_INLINE size_t  scales_size(int64_t columns) { return (size_t) blocks_of(columns) * sizeof(uint16_t) * lanes; }
VERBATIM_INLINE int64_t panel_count(int64_t rows) { return (rows + lanes - 1) / lanes; }

float half_to_float(uint16_t h) { return _cvtsh_ss(h); }

} // namespace

bool   panels_fit(int64_t columns, int64_t rows) { return columns > 0 && columns % (2 * block) == 0 && rows >= lanes; }
size_t panels_size(int64_t columns, int64_t rows) { return panel_count(rows) * panel_size(columns); }

void panels_pack(const void * q8_0, int64_t columns, int64_t rows, uint8_t * panels) {
    const int64_t blocks = blocks_of(columns);
    const auto *  from   = (const q8_0_block *) q8_0;
    for (int64_t panel = 0; panel < panel_count(rows); ++panel) {
        uint8_t * scales  = panels + panel * panel_size(columns);
        uint8_t * weights = scales + scales_size(columns);
        for (int64_t b = 0; b < blocks; ++b) {
            for (int lane = 0; lane < lanes; ++lane) {
                const int64_t    row = panel * lanes + lane;
                const q8_0_block w   = row < rows ? from[row * blocks + b] : q8_0_block{};
                memcpy(scales + (b * lanes + lane) * sizeof(uint16_t), &w.scale, sizeof(uint16_t));
                for (int k = 0; k < block; k += 4) {
                    uint32_t four;
                    memcpy(&four, w.weights + k, sizeof four);
                    four ^= offset * 0x01010101u; /* as adding 0 or 128 to each byte */
                    memcpy(weights + ((b * block + k) / 4 * lanes + lane) * 4, &four, sizeof four);
                }
            }
        }
    }
}

void panels_row(const uint8_t * panels, int64_t columns, int64_t row, float * into) {
    const uint8_t * scales  = panels + row / lanes * panel_size(columns);
    const uint8_t * weights = scales + scales_size(columns);
    const int64_t   lane    = row % lanes;
    for (int64_t k = 0; k < columns; ++k) {
        uint16_t scale;
        memcpy(&scale, scales + (k / block * lanes + lane) * sizeof(uint16_t), sizeof(uint16_t));
        into[k] = half_to_float(scale) * (int8_t) (uint8_t) (weights[(k / 4 * lanes + lane) * 4 + k % 4] - offset);
    }
}

namespace {

/*
 * Prepared inputs: groups of up to tile_inputs inputs, side by side, so that a tile reads one stream. Per block of 32 columns:
 * 8 x G x 4 bytes, G float scales, G integer sums (minus 128 times the sum of the block's bytes; without `offset` unused).
 */
constexpr int64_t group_block = block + sizeof(float) + sizeof(int32_t);

VERBATIM_INLINE int64_t group_width(int64_t count) { return std::min<int64_t>(count, tile_inputs); }
VERBATIM_INLINE int64_t group_count(int64_t count) { return (count + tile_inputs - 1) / tile_inputs; }
VERBATIM_INLINE size_t  group_size(int64_t columns, int64_t width) { return blocks_of(columns) * group_block * width; }

/* Quantises one input into place `at` of a group of `width`. */
void quantise(const float * input, int64_t columns, uint8_t * group, int64_t at, int64_t width) {
    constexpr int parts = block / lanes;
    for (int64_t b = 0; b < blocks_of(columns); ++b) {
        uint8_t * to = group + b * group_block * width;
        vec       x[parts];
        vec       largest = zero();
        unrolled<parts>([&](auto i) VERBATIM_LAMBDA {
            x[i]    = load(input + b * block + i * lanes);
            largest = max(largest, max(x[i], sub(zero(), x[i])));
        });
        const float amax  = highest(largest);
        const float scale = amax / 127.0f;
        const vec   to_q  = all(amax > 1e-35f ? 127.0f / amax : 0.0f); // below, the quotient would be infinite
        alignas(64) int8_t bytes[block];
        int32_t            total = 0;
        unrolled<parts>([&](auto i) VERBATIM_LAMBDA {
#if VERBATIM_SIMD == 512
            const __m512i q = _mm512_cvtps_epi32(mul(x[i], to_q));
            total += _mm512_reduce_add_epi32(q);
            _mm_store_si128((__m128i *) (bytes + i * lanes), _mm512_cvtepi32_epi8(q));
#else
            const __m256i q = _mm256_cvtps_epi32(mul(x[i], to_q));
            const __m128i h = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
            _mm_storel_epi64((__m128i *) (bytes + i * lanes), _mm_packs_epi16(h, h));
            __m128i s = _mm_madd_epi16(h, _mm_set1_epi16(1));
            s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
            s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
            total += _mm_cvtsi128_si32(s);
#endif
        });
        total *= -(int32_t) offset;
        for (int j = 0; j < block / 4; ++j) memcpy(to + (j * width + at) * 4, bytes + j * 4, 4);
        memcpy(to + block * width + at * 4, &scale, 4);
        memcpy(to + (block + 4) * width + at * 4, &total, 4);
    }
}

/* Where a tile writes: `width` outputs, rows from `row` on, of which `rows` exist. */
struct tile_output {
    float * to;
    int64_t stride;
    int64_t rows;
};

VERBATIM_INLINE void write(const tile_output & out, int panel, int input, vec x) {
    float *       to   = out.to + input * out.stride + panel * lanes;
    const int64_t left = out.rows - panel * lanes;
    if (left >= lanes) {
        store(to, x);
    } else if (left > 0) {
        alignas(64) float all_lanes[lanes];
        store(all_lanes, x);
        memcpy(to, all_lanes, left * sizeof(float));
    }
}

/*
 * With few inputs the weights come from memory as fast as it goes, and the CPU's own prefetching stops at each page: ask for them 2 KB
 * ahead (two inputs gain a fifth, five two thirds).
 */
VERBATIM_INLINE void fetch_ahead(const uint8_t * weights) {
    unrolled<block * lanes / 64>([&](auto line) VERBATIM_LAMBDA { _mm_prefetch((const char *) (weights + 2048 + line * 64), _MM_HINT_T0); });
}

#ifdef VERBATIM_DOT

/* Panels p … p+P-1 times the N inputs of a group; writes the first `valid`. */
template <int P, int N>
void integer_tile(const uint8_t * panels, int64_t columns, const uint8_t * group, const tile_output & out, int valid) {
    const size_t    size    = panel_size(columns);
    const uint8_t * weights = panels + scales_size(columns);
    const uint8_t * scales  = panels;
    vec             sums[P][N];
    unrolled<P>([&](auto p) VERBATIM_LAMBDA { unrolled<N>([&](auto n) VERBATIM_LAMBDA { sums[p][n] = zero(); }); });
    for (int64_t b = blocks_of(columns); b > 0; --b) {
        if (N < tile_inputs) unrolled<P>([&](auto p) VERBATIM_LAMBDA { fetch_ahead(weights + p * size); });
        ints part[P][N];
        unrolled<N>([&](auto n) VERBATIM_LAMBDA {
            int32_t start;
            memcpy(&start, group + (block + 4) * N + n * 4, 4);
            unrolled<P>([&](auto p) VERBATIM_LAMBDA { part[p][n] = int_all(start); });
        });
        unrolled<block / 4>([&](auto j) VERBATIM_LAMBDA {
            ints w[P];
            unrolled<P>([&](auto p) VERBATIM_LAMBDA { w[p] = int_load(weights + p * size + j * lanes * 4); });
            unrolled<N>([&](auto n) VERBATIM_LAMBDA {
                int32_t four;
                memcpy(&four, group + (j * N + n) * 4, 4);
                const ints x = int_all(four);
                unrolled<P>([&](auto p) VERBATIM_LAMBDA { part[p][n] = dot(part[p][n], w[p], x); });
            });
        });
        unrolled<P>([&](auto p) VERBATIM_LAMBDA {
            const vec w = load_f16((const uint16_t *) (scales + p * size));
            unrolled<N>([&](auto n) VERBATIM_LAMBDA {
                const vec scale = mul(w, all(((const float *) (group + block * N))[n]));
                sums[p][n] = fma(to_float(part[p][n]), scale, sums[p][n]);
            });
        });
        weights += block * lanes;
        scales += sizeof(uint16_t) * lanes;
        group += group_block * N;
    }
    unrolled<N>([&](auto n) VERBATIM_LAMBDA {
        if (n < valid) unrolled<P>([&](auto p) VERBATIM_LAMBDA { write(out, p, n, sums[p][n]); });
    });
}

#else

/* The same without a four-byte dot product: |weight| times the input with the weight's sign, so that no sum of two products saturates. */
template <int P, int N>
void integer_tile(const uint8_t * panels, int64_t columns, const uint8_t * group, const tile_output & out, int valid) {
    constexpr int   halves = lanes / 8;
    const size_t    size   = panel_size(columns);
    const __m256i   ones   = _mm256_set1_epi16(1);
    for (int p = 0; p < P; ++p) {
        const uint8_t * scales  = panels + p * size;
        const uint8_t * weights = scales + scales_size(columns);
        const uint8_t * inputs  = group;
        vec             total[N];
        unrolled<N>([&](auto n) VERBATIM_LAMBDA { total[n] = zero(); });
        for (int64_t b = blocks_of(columns); b > 0; --b) {
            if (N < tile_inputs) fetch_ahead(weights);
            __m256i part[N][halves];
            unrolled<N>([&](auto n) VERBATIM_LAMBDA { unrolled<halves>([&](auto h) VERBATIM_LAMBDA { part[n][h] = _mm256_setzero_si256(); }); });
            unrolled<block / 4>([&](auto j) VERBATIM_LAMBDA {
                unrolled<halves>([&](auto h) VERBATIM_LAMBDA {
                    const __m256i w        = _mm256_loadu_si256((const __m256i *) (weights + (j * halves + h) * 32));
                    const __m256i positive = _mm256_abs_epi8(w);
                    unrolled<N>([&](auto n) VERBATIM_LAMBDA {
                        int32_t four;
                        memcpy(&four, inputs + (j * N + n) * 4, 4);
                        const __m256i x = _mm256_sign_epi8(_mm256_set1_epi32(four), w);
                        part[n][h] = _mm256_add_epi32(part[n][h], _mm256_madd_epi16(_mm256_maddubs_epi16(positive, x), ones));
                    });
                });
            });
            const vec w = load_f16((const uint16_t *) scales);
            unrolled<N>([&](auto n) VERBATIM_LAMBDA {
                const vec scale = mul(w, all(((const float *) (inputs + block * N))[n]));
#if VERBATIM_SIMD == 512
                const __m512i whole = _mm512_inserti64x4(_mm512_castsi256_si512(part[n][0]), part[n][1], 1);
                total[n] = fma(_mm512_cvtepi32_ps(whole), scale, total[n]);
#else
                total[n] = fma(_mm256_cvtepi32_ps(part[n][0]), scale, total[n]);
#endif
            });
            weights += block * lanes;
            scales += sizeof(uint16_t) * lanes;
            inputs += group_block * N;
        }
        unrolled<N>([&](auto n) VERBATIM_LAMBDA { if (n < valid) write(out, p, n, total[n]); });
    }
}

#endif

#ifdef VERBATIM_EXPAND

/* Columns of weights that are expanded to floats at a time: 16 KB of the first-level cache. */
constexpr int64_t expanded = 64;

/* Floats of tile_panels panels, columns from `first` on: lanes of one column side by side, panel after panel. */
void expand(const uint8_t * panels, int64_t columns, int64_t first, int64_t count, int width, float * into) {
    const size_t size = panel_size(columns);
    for (int p = 0; p < width; ++p) {
        const uint8_t * scales  = panels + p * size + first / block * lanes * sizeof(uint16_t);
        const uint8_t * weights = panels + p * size + scales_size(columns) + first * lanes;
        for (int64_t k = 0; k < count; k += 4) {
            const vec scale = load_f16((const uint16_t *) scales + k / block * lanes);
            unrolled<4>([&](auto i) VERBATIM_LAMBDA {
                const __m512i four  = _mm512_loadu_si512(weights + k * lanes);
                const vec     value = _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(four, 24 - 8 * i), 24));
                store(into + ((k + i) * width + p) * lanes, mul(value, scale));
            });
        }
    }
}

/* Expanded panels times N inputs; adds to the outputs unless `fresh`. */
template <int P, int N>
void float_tile(const float * weights, int64_t count, const float * inputs, int64_t stride, const tile_output & out, bool fresh) {
    vec sums[P][N];
    unrolled<P>([&](auto p) VERBATIM_LAMBDA { unrolled<N>([&](auto n) VERBATIM_LAMBDA { sums[p][n] = zero(); }); });
    const float * x[N];
    unrolled<N>([&](auto n) VERBATIM_LAMBDA { x[n] = inputs + n * stride; });
    for (int64_t k = 0; k < count; ++k) {
        vec w[P];
        unrolled<P>([&](auto p) VERBATIM_LAMBDA { w[p] = load(weights + (k * P + p) * lanes); });
        unrolled<N>([&](auto n) VERBATIM_LAMBDA {
            const vec one = all(x[n][k]);
            unrolled<P>([&](auto p) VERBATIM_LAMBDA { sums[p][n] = fma(w[p], one, sums[p][n]); });
        });
    }
    unrolled<N>([&](auto n) VERBATIM_LAMBDA {
        unrolled<P>([&](auto p) VERBATIM_LAMBDA {
            vec total = sums[p][n];
            if (!fresh) {
                alignas(64) float before[lanes] = {};
                const int64_t     left          = std::min<int64_t>(lanes, out.rows - p * lanes);
                if (left > 0) memcpy(before, out.to + n * out.stride + p * lanes, left * sizeof(float));
                total = add(total, load(before));
            }
            write(out, p, n, total);
        });
    });
}

template <int P>
void float_tiles(const float * weights, int64_t count, const float * inputs, int64_t stride, int64_t n, const tile_output & out, bool fresh) {
    switch (n) {
        case 1: return float_tile<P, 1>(weights, count, inputs, stride, out, fresh);
        case 2: return float_tile<P, 2>(weights, count, inputs, stride, out, fresh);
        case 3: return float_tile<P, 3>(weights, count, inputs, stride, out, fresh);
        case 4: return float_tile<P, 4>(weights, count, inputs, stride, out, fresh);
        case 5: return float_tile<P, 5>(weights, count, inputs, stride, out, fresh);
        default: return float_tile<P, 6>(weights, count, inputs, stride, out, fresh);
    }
}

#endif

template <int P>
void integer_tiles(const uint8_t * panels, int64_t columns, const uint8_t * group, int64_t width, const tile_output & out, int valid) {
    switch (width) {
        case 1: return integer_tile<P, 1>(panels, columns, group, out, valid);
        case 2: return integer_tile<P, 2>(panels, columns, group, out, valid);
        case 3: return integer_tile<P, 3>(panels, columns, group, out, valid);
        case 4: return integer_tile<P, 4>(panels, columns, group, out, valid);
        case 5: return integer_tile<P, 5>(panels, columns, group, out, valid);
        default: return integer_tile<P, 6>(panels, columns, group, out, valid);
    }
}

/* Whether inputs are quantised. With AVX-512 but no dot product of bytes, floats are faster unless the memory is the limit. */
VERBATIM_INLINE bool quantises(int64_t count) {
#ifdef VERBATIM_EXPAND
    return count <= tile_inputs;
#else
    return count > 0;
#endif
}

/* Inputs of one piece: their prepared form stays in the second-level cache while all panels pass by. */
constexpr int64_t chunk = 32 * tile_inputs;

VERBATIM_INLINE int64_t set_count(int64_t rows) { return (panel_count(rows) + tile_panels - 1) / tile_panels; }

} // namespace

size_t product_scratch(int64_t columns, int64_t count) {
    return quantises(count) ? group_count(count) * group_size(columns, group_width(count)) : 0;
}

void product_prepare(const product & p, uint8_t * scratch, int thread, int threads) {
    if (!quantises(p.count)) return;
    const int64_t width = group_width(p.count);
    const size_t  size  = group_size(p.columns, width);
    for (int64_t group = thread; group < group_count(p.count); group += threads) {
        uint8_t * to = scratch + group * size;
        if ((group + 1) * width > p.count) memset(to, 0, size);
        for (int64_t at = 0; at < width && group * width + at < p.count; ++at) {
            quantise(p.inputs + (group * width + at) * p.input_stride, p.columns, to, at, width);
        }
    }
}

int product_pieces(const product & p, int threads) {
    const int64_t chunks = (p.count + chunk - 1) / chunk;
    const int64_t wanted = threads == 1 ? 1 : 4 * threads;
    const int64_t splits = std::min<int64_t>(set_count(p.rows), (wanted + chunks - 1) / chunks);
    return (int) (chunks * splits);
}

void product_compute(const product & p, const uint8_t * scratch, int piece, int pieces) {
    const int64_t chunks = (p.count + chunk - 1) / chunk;
    const int64_t splits = pieces / chunks;
    const int64_t sets   = set_count(p.rows);
    const int64_t from   = sets * (piece % splits) / splits;
    const int64_t to     = sets * (piece % splits + 1) / splits;
    const int64_t first  = piece / splits * chunk;
    const int64_t last   = std::min(p.count, first + chunk);
    const auto    compute = [&](int64_t panel, auto width) {
        constexpr int   P      = decltype(width)::value;
        const uint8_t * panels = p.panels + panel * panel_size(p.columns);
        tile_output     out{ p.outputs, p.output_stride, p.rows - panel * lanes };
        if (quantises(p.count)) {
            const int64_t group_of = group_width(p.count);
            for (int64_t n = first; n < last; n += group_of) {
                out.to = p.outputs + panel * lanes + n * p.output_stride;
                const uint8_t * group = scratch + n / group_of * group_size(p.columns, group_of);
                integer_tiles<P>(panels, p.columns, group, group_of, out, (int) std::min(group_of, last - n));
            }
            return;
        }
#ifdef VERBATIM_EXPAND
        alignas(64) float floats[expanded * P * lanes];
        for (int64_t k = 0; k < p.columns; k += expanded) {
            const int64_t count = std::min(expanded, p.columns - k);
            expand(panels, p.columns, k, count, P, floats);
            for (int64_t n = first; n < last; n += tile_inputs) {
                out.to = p.outputs + panel * lanes + n * p.output_stride;
                float_tiles<P>(floats, count, p.inputs + n * p.input_stride + k, p.input_stride, std::min<int64_t>(tile_inputs, last - n), out, k == 0);
            }
        }
#endif
    };
    for (int64_t set = from; set < to; ++set) {
        const int64_t panel = set * tile_panels, end = std::min(panel + tile_panels, panel_count(p.rows));
        if (end - panel == tile_panels) compute(panel, std::integral_constant<int, tile_panels>{});
        else for (int64_t one = panel; one < end; ++one) compute(one, std::integral_constant<int, 1>{});
    }
}

} // namespace verbatim
#endif
