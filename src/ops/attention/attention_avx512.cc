// Tiles of 8 rows × 32 keys, or 4 × 64: 16 sums, up to 4 vectors of keys and a broadcast in 32 registers.
#include <immintrin.h>

#include <cstring>

#include "base/simd/avx512.h"
#include "ops/attention/attention_kernel.h"
#include "ops/attention/attention_solvers.h"

namespace nagare {
namespace {

using namespace attention_kernel;

struct Avx512 {
  using V = simd::avx512::F32;
  static constexpr int kTileRows = 8;
  static constexpr int kSums = 16;

  static V load(const std::byte* p, KvF32) { return {_mm512_loadu_ps(p)}; }
  static V load(const std::byte* p, KvF16) {
    return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static V load(const std::byte* p, KvBF16) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))};
  }

  static V broadcast_f16(const std::byte* p) {
    int16_t bits = 0;
    std::memcpy(&bits, p, sizeof bits);
    return {_mm512_cvtph_ps(_mm256_set1_epi16(bits))};
  }
  static void load_group(const std::byte* p, KvQ8_0, V (&out)[1]) {
    out[0] = to_floats(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static void load_group(const std::byte* p, KvQ4_0, V (&out)[1]) {
    const __m128i pairs = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    const __m128i both = _mm_unpacklo_epi64(pairs, _mm_srli_epi16(pairs, 4));
    out[0] = to_floats(_mm_sub_epi8(_mm_and_si128(both, _mm_set1_epi8(15)), _mm_set1_epi8(8)));
  }
  static void prefetch(const std::byte* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T1); }

  static void store(V v, std::byte* p, KvF32) { _mm512_storeu_ps(p, v.v); }
  static void store(V v, std::byte* p, KvF16) {
    const __m256i bits = _mm512_cvtps_ph(saturated(v, kLargestF16).v, _MM_FROUND_TO_NEAREST_INT);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), bits);
  }
  // To nearest even by adding just below half of the last place, one more where it is odd; NaN gets its quiet
  // bit. (VCVTNEPS2BF16 takes subnormal numbers for 0.)
  static void store(V v, std::byte* p, KvBF16) {
    const __m512 x = saturated(v, kLargestBF16).v;
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    const __m512i rounded =
        _mm512_mask_or_epi32(sum, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), bits, _mm512_set1_epi32(0x400000));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
  }

 private:
  static V to_floats(__m128i bytes) { return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes))}; }
  // NaN stays NaN: min and max give their second operand.
  static V saturated(V v, float largest) {
    return min(V::broadcast(largest), max(V::broadcast(-largest), v));
  }
};

}  // namespace

IsaSolver<AttentionProblem, AttentionArguments> attention_avx512() {
  return IsaSolver<AttentionProblem, AttentionArguments>({.id = "avx512",
                                                          .level = IsaLevel::kAvx512,
                                                          .function = &run<Avx512>,
                                                          .work = &work_of,
                                                          .bytes_per_second = 25e9,
                                                          .flops_per_second = 85e9});
}

}  // namespace nagare
