#include <immintrin.h>

#include "runtime/cpu/limit_loops.h"

namespace nagare::limit_loops {
namespace {

constexpr int kChains = 12;

// The compiler must take the sums for used.
template <class V>
inline void keep(const V (&sums)[kChains]) {
  for (int j = 0; j < kChains; ++j) asm volatile("" : : "x"(sums[j]));
}

int64_t f32(int64_t rounds) {
  __m256 sums[kChains];
  for (int j = 0; j < kChains; ++j) sums[j] = _mm256_set1_ps(1.0f);
  const __m256 factor = _mm256_set1_ps(0.999f);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = _mm256_fmadd_ps(sums[j], factor, factor);
  }
  keep(sums);
  return rounds * kChains * 16;
}

uint64_t read(const std::byte* src, int64_t bytes) {
  __m256i sums[4] = {};
  for (int64_t at = 0; at < bytes; at += 128) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      sums[i] =
          _mm256_add_epi64(sums[i], _mm256_load_si256(reinterpret_cast<const __m256i*>(src + at + 32 * i)));
    }
  }
  const __m256i sum =
      _mm256_add_epi64(_mm256_add_epi64(sums[0], sums[1]), _mm256_add_epi64(sums[2], sums[3]));
  alignas(32) uint64_t lanes[4];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sum);
  return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

}  // namespace

const Loops& avx2() {
  static constexpr Loops kLoops{.f32 = &f32, .read = &read};
  return kLoops;
}

}  // namespace nagare::limit_loops
