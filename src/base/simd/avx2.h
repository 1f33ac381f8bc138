// Eight floats in an AVX2 register (with FMA). Only for files compiled for AVX2.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace nagare::simd::avx2 {

struct F32 {
  static constexpr int kLanes = 8;
  __m256 v;

  static F32 zero() { return {_mm256_setzero_ps()}; }
  static F32 broadcast(float x) { return {_mm256_set1_ps(x)}; }
  static F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
  // 0, 1, 2, …
  static F32 lane_numbers() { return {_mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7)}; }
  // The first `count` (0 … kLanes) elements; the other lanes are 0.
  static F32 load_first(const float* p, int count) { return {_mm256_maskload_ps(p, mask(count))}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  void store_first(float* p, int count) const { _mm256_maskstore_ps(p, mask(count), v); }

 private:
  static __m256i mask(int count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
};

inline F32 operator+(F32 a, F32 b) {
  return {_mm256_add_ps(a.v, b.v)};
}
inline F32 operator-(F32 a, F32 b) {
  return {_mm256_sub_ps(a.v, b.v)};
}
inline F32 operator*(F32 a, F32 b) {
  return {_mm256_mul_ps(a.v, b.v)};
}
inline F32 operator/(F32 a, F32 b) {
  return {_mm256_div_ps(a.v, b.v)};
}
inline F32 max(F32 a, F32 b) {
  return {_mm256_max_ps(a.v, b.v)};
}
inline F32 min(F32 a, F32 b) {
  return {_mm256_min_ps(a.v, b.v)};
}
inline F32 fma(F32 a, F32 b, F32 c) {
  return {_mm256_fmadd_ps(a.v, b.v, c.v)};
}
// a < b ? yes : no, lane by lane.
inline F32 select_less(F32 a, F32 b, F32 yes, F32 no) {
  return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))};
}
inline F32 abs(F32 a) {
  return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)};
}
inline F32 sqrt(F32 a) {
  return {_mm256_sqrt_ps(a.v)};
}
inline F32 round_nearest(F32 a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
// a × 2^n for integral n in [-126, 127].
inline F32 scale_by_power_of_two(F32 a, F32 n) {
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127));
  return {_mm256_mul_ps(a.v, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)))};
}
inline float reduce_add(F32 a) {
  const __m128 half = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 quarter = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
}
inline float reduce_max(F32 a) {
  const __m128 half = _mm_max_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
  const __m128 quarter = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
}

// Lanes as pairs (2i, 2i+1).
inline F32 even_twice(F32 a) {
  return {_mm256_moveldup_ps(a.v)};
}
inline F32 odd_twice(F32 a) {
  return {_mm256_movehdup_ps(a.v)};
}
inline F32 swap_pairs(F32 a) {
  return {_mm256_permute_ps(a.v, 0b10110001)};
}
// a·b - c in even lanes, a·b + c in odd lanes: the real and imaginary parts of a complex product.
inline F32 fma_subtract_add(F32 a, F32 b, F32 c) {
  return {_mm256_fmaddsub_ps(a.v, b.v, c.v)};
}
// The even and the odd lanes of a and b, one after the other.
inline F32 even_lanes(F32 a, F32 b) {
  const __m256d mixed = _mm256_castps_pd(_mm256_shuffle_ps(a.v, b.v, 0b10001000));
  return {_mm256_castpd_ps(_mm256_permute4x64_pd(mixed, 0b11011000))};
}
inline F32 odd_lanes(F32 a, F32 b) {
  const __m256d mixed = _mm256_castps_pd(_mm256_shuffle_ps(a.v, b.v, 0b11011101));
  return {_mm256_castpd_ps(_mm256_permute4x64_pd(mixed, 0b11011000))};
}

}  // namespace nagare::simd::avx2
