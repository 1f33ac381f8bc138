// What the int8 solver for AVX-512 brings together: quantising, and the tiles of the other int8_avx512_*.cc
// files.
#include <immintrin.h>

#include "ops/gemm/int8/int8_avx512_tiles.h"
#include "ops/gemm/int8/int8_quantise.h"
#include "ops/gemm/int8/int8_solvers.h"

namespace nagare::gemm {
namespace {

// Four rows at a time, because reducing four vectors together costs little more than one, and because four
// rows of four bytes are the 16 bytes that lie together in a tile.

constexpr int kTogether = 4;

// Lane i: the largest lane of v[i].
__m128 reduce_max(const __m512 (&v)[kTogether]) {
  const __m512 first = _mm512_max_ps(_mm512_unpacklo_ps(v[0], v[1]), _mm512_unpackhi_ps(v[0], v[1]));
  const __m512 second = _mm512_max_ps(_mm512_unpacklo_ps(v[2], v[3]), _mm512_unpackhi_ps(v[2], v[3]));
  // Lanes of first: 0 1 0 1, of second: 2 3 2 3, in each 128 bits.
  const __m512 all = _mm512_max_ps(_mm512_shuffle_ps(first, second, 0b01000100),
                                   _mm512_shuffle_ps(first, second, 0b11101110));
  const __m256 half = _mm256_max_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  return _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

// The sum of the four 128-bit lanes.
__m128i add_lanes(__m512i v) {
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// The sum of the four 32-bit columns, in the first.
__m128i add_columns(__m128i v) {
  const __m128i half = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0b01001110));
  return _mm_add_epi32(half, _mm_shuffle_epi32(half, 0b10110001));
}

// Scale and 1 / scale of four blocks from their largest magnitudes; 0 where these are tiny.
struct Scaling {
  __m128 scale;
  __m128 inverse;
};
Scaling scale_by_largest(__m128 most) {
  const __mmask8 is_tiny = _mm_cmp_ps_mask(most, _mm_set1_ps(kTinyActivation), _CMP_LT_OQ);
  const auto is_normal = static_cast<__mmask8>(~is_tiny & 15);
  const __m128 scale = _mm_maskz_div_ps(is_normal, most, _mm_set1_ps(127.0f));
  return {scale, _mm_maskz_div_ps(is_normal, _mm_set1_ps(1.0f), scale)};
}

// Where the numbers of four rows of a block go, and how many rows of the tile there are from the first of
// them on.
struct Destination {
  std::byte* block = nullptr;
  int tile_rows = 0;
  int row = 0;
};

// 16 bytes for the rows at `item` of the block (4-byte items, tile_rows of each kind).
void put(const Destination& to, int item, __m128i values) {
  const auto rows = static_cast<__mmask8>((1u << std::min(kTogether, to.tile_rows - to.row)) - 1u);
  _mm_mask_storeu_epi32(to.block + 4 * (item * to.tile_rows + to.row), rows, values);
}

// The quants of a block as bytes: low[L] is group L of the four rows, high[L] group 4 + L.
struct Quants {
  __m512i low;
  __m512i high;
};
Quants interleave(const __m512i (&low)[kTogether], const __m512i (&high)[kTogether]) {
  // 128-bit lane L of words: low[4L … 4L+3], high[4L … 4L+3]; of bytes: that of one row, then of the next.
  __m512i words[kTogether];
#pragma GCC unroll 4
  for (int i = 0; i < kTogether; ++i) words[i] = _mm512_packs_epi32(low[i], high[i]);
  const __m512i first = _mm512_shuffle_epi32(_mm512_packs_epi16(words[0], words[1]), _MM_PERM_DBCA);
  const __m512i second = _mm512_shuffle_epi32(_mm512_packs_epi16(words[2], words[3]), _MM_PERM_DBCA);
  return {_mm512_unpacklo_epi64(first, second), _mm512_unpackhi_epi64(first, second)};
}

void put_sums(const QuantiseTask& task, const Destination& to, __m128 scale, __m128i low, __m128i high) {
  const int count = halves(task.scales);
  const __m128i minus_offset = _mm_set1_epi32(-task.offset);
  const __m128i sums[2] = {count == 1 ? _mm_add_epi32(low, high) : low, high};
  put(to, kGroups, _mm_castps_si128(scale));
  for (int half = 0; half < count; ++half) {
    put(to, kGroups + 1 + half, _mm_mullo_epi32(sums[half], minus_offset));
    if (has_minimum(task.scales)) {
      const __m128 weighted = _mm_mul_ps(scale, _mm_cvtepi32_ps(sums[half]));
      put(to, kGroups + 1 + count + half, _mm_castps_si128(weighted));
    }
  }
}

// Block `block` of rows to.row … to.row + 3.
void quantise_rows(const QuantiseTask& task, int64_t block, const Destination& to) {
  __m512 low[kTogether];
  __m512 high[kTogether];
  __m512 largest[kTogether];
#pragma GCC unroll 4
  for (int i = 0; i < kTogether; ++i) {
    const bool is_there = to.row + i < task.rows;
    const float* const x = task.a + (is_there ? to.row + i : 0) * task.a_stride + block * kBlock;
    const __mmask16 lanes = is_there ? 0xffff : 0;
    low[i] = _mm512_maskz_loadu_ps(lanes, x);
    high[i] = _mm512_maskz_loadu_ps(lanes, x + 16);
    largest[i] = _mm512_max_ps(_mm512_abs_ps(low[i]), _mm512_abs_ps(high[i]));
  }
  const Scaling scaling = scale_by_largest(reduce_max(largest));
  const __m512 inverse = _mm512_broadcast_f32x4(scaling.inverse);
  const __m512 inverses[kTogether] = {_mm512_permute_ps(inverse, 0x00), _mm512_permute_ps(inverse, 0x55),
                                      _mm512_permute_ps(inverse, 0xaa), _mm512_permute_ps(inverse, 0xff)};
  __m512i q_low[kTogether];
  __m512i q_high[kTogether];
#pragma GCC unroll 4
  for (int i = 0; i < kTogether; ++i) {
    q_low[i] = _mm512_cvtps_epi32(_mm512_mul_ps(low[i], inverses[i]));
    q_high[i] = _mm512_cvtps_epi32(_mm512_mul_ps(high[i], inverses[i]));
  }
  const Quants quants = interleave(q_low, q_high);
#define NAGARE_PUT_GROUP(lane)                                \
  put(to, lane, _mm512_extracti32x4_epi32(quants.low, lane)); \
  put(to, 4 + (lane), _mm512_extracti32x4_epi32(quants.high, lane))
  NAGARE_PUT_GROUP(0);
  NAGARE_PUT_GROUP(1);
  NAGARE_PUT_GROUP(2);
  NAGARE_PUT_GROUP(3);
#undef NAGARE_PUT_GROUP
  const __m512i ones = _mm512_set1_epi8(1);
  put_sums(task, to, scaling.scale, add_lanes(_mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, quants.low)),
           add_lanes(_mm512_dpbusd_epi32(_mm512_setzero_si512(), ones, quants.high)));
}

// A tile of one row, where decoding spends its time: four blocks at a time, each in its natural order. Fewer
// than four at the end are overlapped with those before them.
void quantise_one_row(const QuantiseTask& task) {
  const int64_t block_bytes = activation_block_bytes(task.scales, 1);
  for (int64_t begin = task.block_begin; begin < task.block_end; begin += kTogether) {
    const int64_t first = std::min(begin, task.block_end - kTogether);
    __m512 low[kTogether];
    __m512 high[kTogether];
    __m512 largest[kTogether];
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; ++i) {
      low[i] = _mm512_loadu_ps(task.a + (first + i) * kBlock);
      high[i] = _mm512_loadu_ps(task.a + (first + i) * kBlock + 16);
      largest[i] = _mm512_max_ps(_mm512_abs_ps(low[i]), _mm512_abs_ps(high[i]));
    }
    alignas(16) float scales[kTogether];
    alignas(16) float inverses[kTogether];
    const Scaling scaling = scale_by_largest(reduce_max(largest));
    _mm_store_ps(scales, scaling.scale);
    _mm_store_ps(inverses, scaling.inverse);
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; ++i) {
      const __m512 inverse = _mm512_set1_ps(inverses[i]);
      const __m512i q_low = _mm512_cvtps_epi32(_mm512_mul_ps(low[i], inverse));
      const __m512i q_high = _mm512_cvtps_epi32(_mm512_mul_ps(high[i], inverse));
      std::byte* const block = task.tile + (first + i) * block_bytes;
      const __m128i bytes_low = _mm512_cvtepi32_epi8(q_low);
      const __m128i bytes_high = _mm512_cvtepi32_epi8(q_high);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(block), bytes_low);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(block + 16), bytes_high);
      const __m128i ones = _mm_set1_epi8(1);
      const __m128i sum_low = _mm_dpbusd_epi32(_mm_setzero_si128(), ones, bytes_low);
      const __m128i sum_high = _mm_dpbusd_epi32(_mm_setzero_si128(), ones, bytes_high);
      put_sums(task, {block, 1, 0}, _mm_set_ss(scales[i]), add_columns(sum_low), add_columns(sum_high));
    }
  }
}

void quantise(const QuantiseTask& task) {
  if (task.tile_rows == 1 && task.block_end - task.block_begin >= kTogether) return quantise_one_row(task);
  const int64_t block_bytes = activation_block_bytes(task.scales, task.tile_rows);
  for (int64_t block = task.block_begin; block < task.block_end; ++block) {
    for (int row = 0; row < task.tile_rows; row += kTogether)
      quantise_rows(task, block, {task.tile + block * block_bytes, task.tile_rows, row});
  }
}

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
  static constexpr Int8Kernels kKernels{.quantise = &quantise, .tiles = &tiles};
  return kKernels;
}

}  // namespace nagare::gemm
