/*
 * One name for the widest float vector of the CPU this file is compiled for: 16 lanes with AVX-512, 8 with AVX2.
 * Without either, VERBATIM_SIMD stays undefined and ggml's generic code is used.
 */
#pragma once

#include <cstdint>
#include <utility>

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#define VERBATIM_SIMD 512
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define VERBATIM_SIMD 256
#endif

#ifdef VERBATIM_SIMD
#include <immintrin.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define VERBATIM_INLINE __forceinline
#define VERBATIM_LAMBDA
#else
#define VERBATIM_INLINE inline __attribute__((always_inline))
#define VERBATIM_LAMBDA __attribute__((always_inline))
#endif

namespace verbatim {

template <typename Body, int... I>
VERBATIM_INLINE void unrolled_over(Body && body, std::integer_sequence<int, I...>) {
    (body(std::integral_constant<int, I>{}), ...);
}

/* Runs body(0) … body(N-1) with constant arguments, so that arrays indexed by them live in registers (GCC 12 spills them otherwise). */
template <int N, typename Body> VERBATIM_INLINE void unrolled(Body && body) {
    unrolled_over(body, std::make_integer_sequence<int, N>{});
}

#if VERBATIM_SIMD == 512

using vec = __m512;
constexpr int lanes = 16;

VERBATIM_INLINE vec  zero() { return _mm512_setzero_ps(); }
VERBATIM_INLINE vec  all(float x) { return _mm512_set1_ps(x); }
VERBATIM_INLINE vec  load(const float * p) { return _mm512_loadu_ps(p); }
VERBATIM_INLINE vec  load_f16(const uint16_t * p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) p)); }
VERBATIM_INLINE void store(float * p, vec x) { _mm512_storeu_ps(p, x); }
VERBATIM_INLINE void store_f16(uint16_t * p, vec x) { _mm256_storeu_si256((__m256i *) p, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT)); }
VERBATIM_INLINE vec  add(vec a, vec b) { return _mm512_add_ps(a, b); }
VERBATIM_INLINE vec  sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
VERBATIM_INLINE vec  mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
VERBATIM_INLINE vec  div(vec a, vec b) { return _mm512_div_ps(a, b); }
VERBATIM_INLINE vec  max(vec a, vec b) { return _mm512_max_ps(a, b); }
VERBATIM_INLINE vec  min(vec a, vec b) { return _mm512_min_ps(a, b); }
/* a * b + c */
VERBATIM_INLINE vec   fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
VERBATIM_INLINE float sum(vec a) { return _mm512_reduce_add_ps(a); }
VERBATIM_INLINE float highest(vec a) { return _mm512_reduce_max_ps(a); }
VERBATIM_INLINE vec   nearest(vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/* a * 2^n for whole n */
VERBATIM_INLINE vec   scale_by_power(vec a, vec n) { return _mm512_scalef_ps(a, n); }

#else

using vec = __m256;
constexpr int lanes = 8;

VERBATIM_INLINE vec  zero() { return _mm256_setzero_ps(); }
VERBATIM_INLINE vec  all(float x) { return _mm256_set1_ps(x); }
VERBATIM_INLINE vec  load(const float * p) { return _mm256_loadu_ps(p); }
VERBATIM_INLINE vec  load_f16(const uint16_t * p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) p)); }
VERBATIM_INLINE void store(float * p, vec x) { _mm256_storeu_ps(p, x); }
VERBATIM_INLINE void store_f16(uint16_t * p, vec x) { _mm_storeu_si128((__m128i *) p, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT)); }
VERBATIM_INLINE vec  add(vec a, vec b) { return _mm256_add_ps(a, b); }
VERBATIM_INLINE vec  sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
VERBATIM_INLINE vec  mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
VERBATIM_INLINE vec  div(vec a, vec b) { return _mm256_div_ps(a, b); }
VERBATIM_INLINE vec  max(vec a, vec b) { return _mm256_max_ps(a, b); }
VERBATIM_INLINE vec  min(vec a, vec b) { return _mm256_min_ps(a, b); }
VERBATIM_INLINE vec  fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
VERBATIM_INLINE float sum(vec a) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
VERBATIM_INLINE float highest(vec a) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}
VERBATIM_INLINE vec nearest(vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
VERBATIM_INLINE vec scale_by_power(vec a, vec n) {
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23)));
}

#endif

/* 2^x for x <= 126, at least 2^-126; relative error under 1e-7 (minimax fit of 2^r on [-0.5, 0.5] with the constant term 1). */
VERBATIM_INLINE vec exp2(vec x) {
    x = max(x, all(-126.0f));
    const vec n = nearest(x);
    const vec r = sub(x, n);
    vec p = fma(all(1.326466276e-3f), r, all(9.671491308e-3f));
    p = fma(p, r, all(5.550733704e-2f));
    p = fma(p, r, all(2.402224242e-1f));
    p = fma(p, r, all(6.931469778e-1f));
    p = fma(p, r, all(1.0f));
    return scale_by_power(p, n);
}

} // namespace verbatim
#endif
