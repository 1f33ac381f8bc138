// Sixteen floats in an AVX-512 register. Only for files compiled for AVX-512 (F, BW, DQ, VL).
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace nagare::simd::avx512 {

struct F32 {
  static constexpr int kLanes = 16;
  __m512 v;

  static F32 zero() { return {_mm512_setzero_ps()}; }
  static F32 broadcast(float x) { return {_mm512_set1_ps(x)}; }
  static F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
  // 0, 1, 2, …
  static F32 lane_numbers() { return {_mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)}; }
  // The first `count` (0 … kLanes) elements; the other lanes are 0.
  static F32 load_first(const float* p, int count) { return {_mm512_maskz_loadu_ps(mask(count), p)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  void store_first(float* p, int count) const { _mm512_mask_storeu_ps(p, mask(count), v); }

 private:
  static __mmask16 mask(int count) { return static_cast<__mmask16>((1u << count) - 1u); }
};

inline F32 operator+(F32 a, F32 b) {
  return {_mm512_add_ps(a.v, b.v)};
}
inline F32 operator-(F32 a, F32 b) {
  return {_mm512_sub_ps(a.v, b.v)};
}
inline F32 operator*(F32 a, F32 b) {
  return {_mm512_mul_ps(a.v, b.v)};
}
inline F32 operator/(F32 a, F32 b) {
  return {_mm512_div_ps(a.v, b.v)};
}
inline F32 max(F32 a, F32 b) {
  return {_mm512_max_ps(a.v, b.v)};
}
inline F32 min(F32 a, F32 b) {
  return {_mm512_min_ps(a.v, b.v)};
}
inline F32 fma(F32 a, F32 b, F32 c) {
  return {_mm512_fmadd_ps(a.v, b.v, c.v)};
}
// a < b ? yes : no, lane by lane.
inline F32 select_less(F32 a, F32 b, F32 yes, F32 no) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), no.v, yes.v)};
}
inline F32 abs(F32 a) {
  return {_mm512_abs_ps(a.v)};
}
inline F32 sqrt(F32 a) {
  return {_mm512_sqrt_ps(a.v)};
}
inline F32 round_nearest(F32 a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
// a × 2^n for integral n in [-126, 127].
inline F32 scale_by_power_of_two(F32 a, F32 n) {
  return {_mm512_scalef_ps(a.v, n.v)};
}
inline float reduce_add(F32 a) {
  return _mm512_reduce_add_ps(a.v);
}
inline float reduce_max(F32 a) {
  return _mm512_reduce_max_ps(a.v);
}

// Lanes as pairs (2i, 2i+1).
inline F32 even_twice(F32 a) {
  return {_mm512_moveldup_ps(a.v)};
}
inline F32 odd_twice(F32 a) {
  return {_mm512_movehdup_ps(a.v)};
}
inline F32 swap_pairs(F32 a) {
  return {_mm512_permute_ps(a.v, 0b10110001)};
}
// a·b - c in even lanes, a·b + c in odd lanes: the real and imaginary parts of a complex product.
inline F32 fma_subtract_add(F32 a, F32 b, F32 c) {
  return {_mm512_fmaddsub_ps(a.v, b.v, c.v)};
}
// The even and the odd lanes of a and b, one after the other.
inline F32 even_lanes(F32 a, F32 b) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return {_mm512_permutex2var_ps(a.v, even, b.v)};
}
inline F32 odd_lanes(F32 a, F32 b) {
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return {_mm512_permutex2var_ps(a.v, odd, b.v)};
}

}  // namespace nagare::simd::avx512
