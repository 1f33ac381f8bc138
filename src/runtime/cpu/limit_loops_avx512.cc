#include <immintrin.h>

#include "runtime/cpu/limit_loops.h"

namespace nagare::limit_loops {
namespace {

// More than the latency (4-5) times the operations a cycle (1-2) on every processor so far.
constexpr int kChains = 12;

// The compiler must take the sums for used.
template <class V>
inline void keep(const V (&sums)[kChains]) {
  for (int j = 0; j < kChains; ++j) asm volatile("" : : "v"(sums[j]));
}

int64_t f32(int64_t rounds) {
  __m512 sums[kChains];
  for (int j = 0; j < kChains; ++j) sums[j] = _mm512_set1_ps(1.0f);
  const __m512 factor = _mm512_set1_ps(0.999f);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = _mm512_fmadd_ps(sums[j], factor, factor);
  }
  keep(sums);
  return rounds * kChains * 32;
}

int64_t int8(int64_t rounds) {
  __m512i sums[kChains];
  for (int j = 0; j < kChains; ++j) sums[j] = _mm512_setzero_si512();
  const __m512i codes = _mm512_set1_epi8(3);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = _mm512_dpbusd_epi32(sums[j], codes, codes);
  }
  keep(sums);
  return rounds * kChains * 128;
}

int64_t bf16(int64_t rounds) {
  __m512 sums[kChains];
  for (int j = 0; j < kChains; ++j) sums[j] = _mm512_setzero_ps();
  const __m512bh numbers = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.5f), _mm512_set1_ps(0.5f));
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = _mm512_dpbf16_ps(sums[j], numbers, numbers);
  }
  keep(sums);
  return rounds * kChains * 64;
}

uint64_t read(const std::byte* src, int64_t bytes) {
  __m512i sums[4] = {};
  for (int64_t at = 0; at < bytes; at += 256) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      sums[i] = _mm512_add_epi64(sums[i], _mm512_load_si512(src + at + 64 * i));
    }
  }
  const __m512i sum =
      _mm512_add_epi64(_mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3]));
  return static_cast<uint64_t>(_mm512_reduce_add_epi64(sum));
}

}  // namespace

const Loops& avx512() {
  static constexpr Loops kLoops{.f32 = &f32, .int8 = &int8, .bf16 = &bf16, .read = &read};
  return kLoops;
}

}  // namespace nagare::limit_loops
