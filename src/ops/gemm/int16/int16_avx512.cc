// The fixed-point tile for AVX-512 with VNNI: 32 columns × up to 6 rows.
//
// Zen 4 does one 512-bit vpdpwssd a cycle, 64 operations where a multiply-add on float32 does 32. A block
// costs 16 + 2 of those slots an output vector: 89 % of that peak at best. With two vectors of columns a
// broadcast serves two products; with one, the single 512-bit load a cycle would be the limit.
#include <immintrin.h>

#include "ops/gemm/int16/int16_tile.h"

namespace nagare::gemm {
namespace {

constexpr int kPairs = kInt16Block / 2;
constexpr int kVectors = kInt16Columns / 16;
constexpr float kTiny = 1e-30f;  // blocks below it count as zero: 1 / scale must stay finite

struct F16Weights {
  static __m512 load(const std::byte* p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
};
struct BF16Weights {
  static __m512 load(const std::byte* p) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
  }
};

// Scale and 1 / scale of 16 columns from their largest magnitudes; 0 where these are tiny.
struct Scaling {
  __m512 scale;
  __m512 inverse;
};
Scaling scale_by_largest(__m512 most, float largest_integer) {
  const __mmask16 is_normal = _mm512_cmp_ps_mask(most, _mm512_set1_ps(kTiny), _CMP_GE_OQ);
  const __m512 scale = _mm512_maskz_div_ps(is_normal, most, _mm512_set1_ps(largest_integer));
  return {scale, _mm512_maskz_div_ps(is_normal, _mm512_set1_ps(1.0f), scale)};
}

// Two rows of integers of k and k + 1 as pairs of 16 bits.
__m512i join(__m512i even, __m512i odd) {
  return _mm512_mask_blend_epi16(0xaaaaaaaa, even, _mm512_slli_epi32(odd, 16));
}

// One panel's block: `count` of its 32 k are there.
template <class Weights>
void convert_block(const std::byte* panel, int count, std::byte* block, int vector) {
  __m512 w[kInt16Block];
  __m512 most = _mm512_setzero_ps();
#pragma GCC unroll 4
  for (int k = 0; k < kInt16Block; ++k) {
    w[k] = k < count ? Weights::load(panel + 32 * k) : _mm512_setzero_ps();
    most = _mm512_max_ps(most, _mm512_abs_ps(w[k]));
  }
  const Scaling scaling = scale_by_largest(most, kLargestWeight);
#pragma GCC unroll 4
  for (int pair = 0; pair < kPairs; ++pair) {
    const __m512i even = _mm512_cvtps_epi32(_mm512_mul_ps(w[2 * pair], scaling.inverse));
    const __m512i odd = _mm512_cvtps_epi32(_mm512_mul_ps(w[2 * pair + 1], scaling.inverse));
    _mm512_store_si512(block + 64 * (kVectors * pair + vector), join(even, odd));
  }
  _mm512_store_ps(block + 64 * kVectors * kPairs + 64 * vector, scaling.scale);
}

template <class Weights>
void convert_panel(const Int16UnitTask& task, int vector) {
  const std::byte* const panel = task.panels[vector];
  const int64_t blocks = (task.k + kInt16Block - 1) / kInt16Block;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = block * kInt16Block;
    const int64_t count = panel == nullptr ? 0 : task.k - first;
    convert_block<Weights>(panel == nullptr ? nullptr : panel + 32 * first,
                           static_cast<int>(count < kInt16Block ? count : kInt16Block),
                           task.unit + block * kInt16UnitBlockBytes, vector);
  }
}

void convert(const Int16UnitTask& task) {
  for (int vector = 0; vector < kVectors; ++vector) {
    task.dtype == DType::kF16 ? convert_panel<F16Weights>(task, vector)
                              : convert_panel<BF16Weights>(task, vector);
  }
}

void quantise_block(const float* x, int64_t count, std::byte* block, int rows, int row) {
  const auto lanes = [](int64_t left) {
    return left >= 16 ? static_cast<__mmask16>(0xffff)
                      : static_cast<__mmask16>(left <= 0 ? 0 : (1u << left) - 1u);
  };
  const __m512 low = _mm512_maskz_loadu_ps(lanes(count), x);
  const __m512 high = _mm512_maskz_loadu_ps(lanes(count - 16), x + (count > 16 ? 16 : 0));
  const float most = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
  const float scale = most < kTiny ? 0.0f : most / kLargestActivation;
  const __m512 inverse = _mm512_set1_ps(scale == 0.0f ? 0.0f : 1.0f / scale);
  alignas(64) int32_t pairs[kPairs];
  auto* const halves = reinterpret_cast<__m256i*>(pairs);
  _mm256_store_si256(halves, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(_mm512_mul_ps(low, inverse))));
  _mm256_store_si256(halves + 1, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(_mm512_mul_ps(high, inverse))));
  auto* const to = reinterpret_cast<int32_t*>(block);
  for (int pair = 0; pair < kPairs; ++pair) to[pair * rows + row] = pairs[pair];
  reinterpret_cast<float*>(block)[kPairs * rows + row] = scale;
}

void quantise(const Int16QuantiseTask& task) {
  for (int row = 0; row < task.rows; ++row) {
    const float* const x = task.a + row * task.a_stride;
    std::byte* block = task.tile;
    for (int64_t k = 0; k < task.k; k += kInt16Block) {
      quantise_block(x + k, task.k - k, block, task.rows, row);
      block += int16_tile_block_bytes(task.rows);
    }
  }
}

template <int kRows>
void store(const __m512 (&sums)[kRows][kVectors], const Int16Task& task) {
#pragma GCC unroll 2
  for (int v = 0; v < kVectors; ++v) {
    const int first = 16 * v;
    const int count = task.columns - first;
    if (count <= 0) return;
    const auto columns = static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
    const __m512 bias =
        task.bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(columns, task.bias + first);
#pragma GCC unroll 6
    for (int i = 0; i < kRows; ++i) {
      __m512 value = _mm512_add_ps(sums[i][v], bias);
      if (task.residual != nullptr) {
        const float* const residual = task.residual + i * task.residual_stride + first;
        value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(columns, residual));
      }
      _mm512_mask_storeu_ps(task.c + i * task.c_stride + first, columns, value);
    }
  }
}

template <int kRows>
void multiply(const Int16Task& task) {
  __m512 sums[kRows][kVectors];
#pragma GCC unroll 6
  for (int i = 0; i < kRows; ++i) {
    sums[i][0] = _mm512_setzero_ps();
    sums[i][1] = _mm512_setzero_ps();
  }
  const std::byte* unit = task.unit;
  const std::byte* tile = task.tile;
  for (int64_t block = 0; block < task.blocks; ++block) {
    __m512i x[kRows][kVectors];
#pragma GCC unroll 6
    for (int i = 0; i < kRows; ++i) {
      x[i][0] = _mm512_setzero_si512();
      x[i][1] = _mm512_setzero_si512();
    }
#pragma GCC unroll 16
    for (int pair = 0; pair < kPairs; ++pair) {
      const __m512i first = _mm512_load_si512(unit + 128 * pair);
      const __m512i second = _mm512_load_si512(unit + 128 * pair + 64);
#pragma GCC unroll 6
      for (int i = 0; i < kRows; ++i) {
        const __m512i two = _mm512_set1_epi32(reinterpret_cast<const int32_t*>(tile)[pair * kRows + i]);
        x[i][0] = _mm512_dpwssd_epi32(x[i][0], first, two);
        x[i][1] = _mm512_dpwssd_epi32(x[i][1], second, two);
      }
    }
    const __m512 first_scale = _mm512_load_ps(unit + 128 * kPairs);
    const __m512 second_scale = _mm512_load_ps(unit + 128 * kPairs + 64);
    const float* const scales = reinterpret_cast<const float*>(tile) + kPairs * kRows;
#pragma GCC unroll 6
    for (int i = 0; i < kRows; ++i) {
      const __m512 scale = _mm512_set1_ps(scales[i]);
      sums[i][0] =
          _mm512_fmadd_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(x[i][0]), first_scale), scale, sums[i][0]);
      sums[i][1] =
          _mm512_fmadd_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(x[i][1]), second_scale), scale, sums[i][1]);
    }
    unit += kInt16UnitBlockBytes;
    tile += int16_tile_block_bytes(kRows);
  }
  store<kRows>(sums, task);
}

}  // namespace

const Int16Kernels& int16_avx512() {
  static constexpr Int16Kernels kKernels{.convert = &convert,
                                         .quantise = &quantise,
                                         .multiply = {nullptr, &multiply<1>, &multiply<2>, &multiply<3>,
                                                      &multiply<4>, &multiply<5>, &multiply<6>}};
  return kKernels;
}

}  // namespace nagare::gemm
