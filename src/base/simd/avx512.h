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
  // The first `count` (< kLanes) elements; the other lanes are 0.
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

}  // namespace nagare::simd::avx512
