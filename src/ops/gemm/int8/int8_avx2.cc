// What the int8 solver for AVX2 brings together: quantising and tiles.
#include "ops/gemm/int8/int8_avx2.h"

#include "ops/gemm/int8/int8_quantise.h"
#include "ops/gemm/int8/int8_solvers.h"

namespace nagare::gemm {
namespace {

inline float reduce_max(__m256 v) {
  const __m128 half = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  const __m128 quarter = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
}

inline int32_t reduce_add(__m256i v) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b01001110));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b10110001)));
}

struct Avx2 {
  static void quantise_block(const float* x, int8_t* quants, BlockSums& sums) {
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    __m256 v[4];
    __m256 largest = _mm256_setzero_ps();
    for (int i = 0; i < 4; ++i) {
      v[i] = _mm256_loadu_ps(x + 8 * i);
      largest = _mm256_max_ps(largest, _mm256_and_ps(v[i], magnitude));
    }
    const float most = reduce_max(largest);
    const float scale = most < kTinyActivation ? 0.0f : most / 127.0f;
    const __m256 inverse = _mm256_set1_ps(scale == 0.0f ? 0.0f : 1.0f / scale);
    __m256i q[4];
    for (int i = 0; i < 4; ++i) q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], inverse));
    sums = {scale, reduce_add(_mm256_add_epi32(q[0], q[1])), reduce_add(_mm256_add_epi32(q[2], q[3]))};
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    const __m256i in_order = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_store_si256(reinterpret_cast<__m256i*>(quants), in_order);
  }
};

const TileSet* tiles(CodeKind codes, ScaleKind scales) {
  switch (codes) {
    case CodeKind::kNibble:
      return nibble_tiles<avx2::Set>(scales);
    case CodeKind::kTable:
      return table_tiles<avx2::Set>(scales);
    default:
      return wide_tiles<avx2::Set>(codes, scales);
  }
}

}  // namespace

const Int8Kernels& int8_avx2() {
  static constexpr Int8Kernels kKernels{.quantise = &quantise_tile<Avx2>, .tiles = &tiles};
  return kKernels;
}

}  // namespace nagare::gemm
