// Tiles of 4 rows × 16 keys: 8 sums hide the latency of the multiply-add; 2 vectors of keys and a broadcast
// beside them in 16 registers.
#include <immintrin.h>

#include <cstring>

#include "base/simd/avx2.h"
#include "ops/attention/attention_kernel.h"
#include "ops/attention/attention_solvers.h"

namespace nagare {
namespace {

using namespace attention_kernel;

struct Avx2 {
  using V = simd::avx2::F32;
  static constexpr int kTileRows = 4;
  static constexpr int kSums = 8;

  static V load(const std::byte* p, KvF32) { return V::load(reinterpret_cast<const float*>(p)); }
  static V load(const std::byte* p, KvF16) {
    return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  static V load(const std::byte* p, KvBF16) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16))};
  }

  static V broadcast_f16(const std::byte* p) {
    int16_t bits = 0;
    std::memcpy(&bits, p, sizeof bits);
    return {_mm256_cvtph_ps(_mm_set1_epi16(bits))};
  }
  static void load_group(const std::byte* p, KvQ8_0, V (&out)[2]) {
    to_floats(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), out);
  }
  static void load_group(const std::byte* p, KvQ4_0, V (&out)[2]) {
    const __m128i pairs = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    const __m128i both = _mm_unpacklo_epi64(pairs, _mm_srli_epi16(pairs, 4));
    to_floats(_mm_sub_epi8(_mm_and_si128(both, _mm_set1_epi8(15)), _mm_set1_epi8(8)), out);
  }
  static void prefetch(const std::byte* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T1); }

  static void store(V v, std::byte* p, KvF32) { v.store(reinterpret_cast<float*>(p)); }
  static void store(V v, std::byte* p, KvF16) {
    const __m128i bits = _mm256_cvtps_ph(saturated(v, kLargestF16).v, _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bits);
  }
  // To nearest even by adding just below half of the last place, one more where it is odd; NaN gets its quiet
  // bit.
  static void store(V v, std::byte* p, KvBF16) {
    const __m256 x = saturated(v, kLargestBF16).v;
    const __m256i bits = _mm256_castps_si256(x);
    const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    const __m256i sum = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    const __m256 is_nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    const __m256i high = _mm256_srli_epi32(
        _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(sum), _mm256_castsi256_ps(quiet), is_nan)),
        16);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                     _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1)));
  }

 private:
  static void to_floats(__m128i bytes, V (&out)[2]) {
    out[0] = {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes))};
    out[1] = {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8)))};
  }
  // NaN stays NaN: min and max give their second operand.
  static V saturated(V v, float largest) {
    return min(V::broadcast(largest), max(V::broadcast(-largest), v));
  }
};

}  // namespace

IsaSolver<AttentionProblem, AttentionArguments> attention_avx2() {
  return IsaSolver<AttentionProblem, AttentionArguments>({.id = "avx2",
                                                          .level = IsaLevel::kAvx2,
                                                          .function = &run<Avx2>,
                                                          .work = &work_of,
                                                          .bytes_per_second = 16e9,
                                                          .flops_per_second = 60e9});
}

}  // namespace nagare
