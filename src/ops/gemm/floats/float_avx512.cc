// 32 columns × 12 rows: 24 sums, 2 weight vectors and a broadcast in 32 registers; a broadcast serves two
// products.
#include <immintrin.h>

#include "base/simd/avx512.h"
#include "ops/gemm/floats/float_kernel.h"

namespace nagare::gemm {
namespace {

using namespace float_kernel;

struct Avx512 {
  using V = simd::avx512::F32;
  static V load(const std::byte* p, F32Weights) { return {_mm512_load_ps(p)}; }
  static V load(const std::byte* p, F16Weights) {
    return {_mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)))};
  }
  static V load(const std::byte* p, BF16Weights) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))};
  }
  static void prefetch(const std::byte* p) { _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0); }
};

}  // namespace

// One row needs four independent sums to hide the latency of the multiply-add.
const FloatTileSet& float_tiles_avx512(DType dtype) {
  return tiles<Avx512, Shape<1, 4>, Shape<2, 4>, Shape<3, 4>, Shape<4, 4>, Shape<6, 2>, Shape<8, 2>,
               Shape<10, 2>, Shape<12, 2>>(dtype);
}

}  // namespace nagare::gemm
