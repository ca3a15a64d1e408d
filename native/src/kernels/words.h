/*
 * Products of operands laid out in words. A word is four bytes of the inner dimension: a pair of bfloat16 where the CPU multiplies such
 * pairs (AVX-512 BF16), else one float. A kernel broadcasts one word of one operand and multiplies it into `lanes` words of the other.
 */
#pragma once

#include "simd.h"

#ifdef VERBATIM_SIMD
#include <cstring>

namespace verbatim {

#if VERBATIM_SIMD == 512 && defined(__AVX512BF16__)
constexpr int depth = 2; /* elements in a word */
using word  = uint32_t;
using words = __m512i;
VERBATIM_INLINE words load_words(const word * p) { return _mm512_loadu_si512(p); }
VERBATIM_INLINE words all_words(word w) { return _mm512_set1_epi32((int) w); }
VERBATIM_INLINE vec   accumulate(vec sums, words a, words b) { return _mm512_dpbf16_ps(sums, (__m512bh) a, (__m512bh) b); }
/* `lanes` neighbours of the inner dimension become lanes/depth words. */
VERBATIM_INLINE void store_words(word * p, vec x) { _mm256_storeu_si256((__m256i *) p, (__m256i) _mm512_cvtneps_pbh(x)); }
/* Lane by lane, the word of two neighbours. */
VERBATIM_INLINE words words_of(vec first, vec second) {
    const __m512i low = _mm512_cvtepu16_epi32((__m256i) _mm512_cvtneps_pbh(first));
    return _mm512_or_si512(low, _mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i) _mm512_cvtneps_pbh(second)), 16));
}
VERBATIM_INLINE void store_lanes(word * p, words w) { _mm512_storeu_si512(p, w); }
#else
constexpr int depth = 1;
using word  = float;
using words = vec;
VERBATIM_INLINE words load_words(const word * p) { return load(p); }
VERBATIM_INLINE words all_words(word w) { return all(w); }
VERBATIM_INLINE vec   accumulate(vec sums, words a, words b) { return fma(a, b, sums); }
VERBATIM_INLINE void  store_words(word * p, vec x) { store(p, x); }
VERBATIM_INLINE words words_of(vec first, vec) { return first; }
VERBATIM_INLINE void  store_lanes(word * p, words w) { store(p, w); }
#endif

/* A tile: this many vectors of lanes by this many broadcast rows; 24 of 32 registers accumulate, 12 of 16 with AVX2. */
constexpr int tile_vectors = VERBATIM_SIMD == 512 ? 4 : 2;
constexpr int tile_rows    = 6;

/* `count` halves or floats of a row as words; count is a multiple of lanes. */
VERBATIM_INLINE void row_words(const uint16_t * from, int64_t count, word * to) {
    for (int64_t i = 0; i < count; i += lanes) store_words(to + i / depth, load_f16(from + i));
}
VERBATIM_INLINE void row_words(const float * from, int64_t count, word * to) {
    for (int64_t i = 0; i < count; i += lanes) store_words(to + i / depth, load(from + i));
}

/*
 * One tile: vectors of panels (each `count` x lanes words, `panel` words apart) times rows of words (`row` words apart); adds to `sums`.
 */
template <int V, int R>
VERBATIM_INLINE void tile(const word * panels, int64_t panel, int64_t step, const word * rows, int64_t row, int64_t count, vec (&sums)[V][R]) {
    for (int64_t i = 0; i < count; ++i) {
        words w[V];
        unrolled<V>([&](auto v) VERBATIM_LAMBDA { w[v] = load_words(panels + v * panel + i * step); });
        unrolled<R>([&](auto r) VERBATIM_LAMBDA {
            const words x = all_words(rows[r * row + i]);
            unrolled<V>([&](auto v) VERBATIM_LAMBDA { sums[v][r] = accumulate(sums[v][r], w[v], x); });
        });
    }
}

template <int V, int R, typename Start> VERBATIM_INLINE void each_sum(vec (&sums)[V][R], Start && body) {
    unrolled<R>([&](auto r) VERBATIM_LAMBDA { unrolled<V>([&](auto v) VERBATIM_LAMBDA { body(sums[v][r], v, r); }); });
}

} // namespace verbatim
#endif
