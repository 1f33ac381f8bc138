// 16 columns × 6 rows: 12 sums, 2 weight vectors and a broadcast in 16 registers.
#include <immintrin.h>

#include "base/simd/avx2.h"
#include "ops/gemm/floats/float_kernel.h"

namespace nagare::gemm {
namespace {

using namespace float_kernel;

struct Avx2 {
  using V = simd::avx2::F32;
  static V load(const std::byte* p, F32Weights) {
    return {_mm256_load_ps(reinterpret_cast<const float*>(p))};
  }
  static V load(const std::byte* p, F16Weights) {
    return {_mm256_cvtph_ps(_mm_load_si128(reinterpret_cast<const __m128i*>(p)))};
  }
  static V load(const std::byte* p, BF16Weights) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
    return {_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16))};
  }
  static void prefetch(const std::byte* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }
};

}  // namespace

const FloatTileSet& float_tiles_avx2(DType dtype) {
  return tiles<Avx2, Shape<1, 4>, Shape<2, 2>, Shape<3, 2>, Shape<4, 1>, Shape<6, 1>>(dtype);
}

}  // namespace nagare::gemm
