// What the int8 solver for AVX-512 brings together: quantising, and the tiles of the other int8_avx512_*.cc
// files.
#include <immintrin.h>

#include "ops/gemm/int8/int8_avx512_tiles.h"
#include "ops/gemm/int8/int8_quantise.h"
#include "ops/gemm/int8/int8_solvers.h"

namespace nagare::gemm {
namespace {

struct Avx512 {
  static void quantise_block(const float* x, int8_t* quants, BlockSums& sums) {
    const __m512 low = _mm512_loadu_ps(x);
    const __m512 high = _mm512_loadu_ps(x + 16);
    const float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    const float scale = largest < kTinyActivation ? 0.0f : largest / 127.0f;
    const __m512 inverse = _mm512_set1_ps(scale == 0.0f ? 0.0f : 1.0f / scale);
    const __m512i q_low = _mm512_cvtps_epi32(_mm512_mul_ps(low, inverse));
    const __m512i q_high = _mm512_cvtps_epi32(_mm512_mul_ps(high, inverse));
    sums = {scale, _mm512_reduce_add_epi32(q_low), _mm512_reduce_add_epi32(q_high)};
    _mm_store_si128(reinterpret_cast<__m128i*>(quants), _mm512_cvtepi32_epi8(q_low));
    _mm_store_si128(reinterpret_cast<__m128i*>(quants + 16), _mm512_cvtepi32_epi8(q_high));
  }
};

const TileSet* tiles(CodeKind codes, ScaleKind scales) {
  switch (codes) {
    case CodeKind::kNibble:
      return avx512::nibble_tiles(scales);
    case CodeKind::kTable:
      return avx512::table_tiles(scales);
    default:
      return avx512::wide_tiles(codes, scales);
  }
}

}  // namespace

const Int8Kernels& int8_avx512() {
  static constexpr Int8Kernels kKernels{.quantise = &quantise_tile<Avx512>, .tiles = &tiles};
  return kKernels;
}

}  // namespace nagare::gemm
