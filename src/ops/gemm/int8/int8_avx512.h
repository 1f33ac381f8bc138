// The int8 tile for AVX-512 with VNNI: one or two panels of 16 columns × M rows in registers over the whole
// of k.
//
// Zen 4 does one 512-bit vpdpbusd a cycle, and multiplications and fused multiply-adds on the same two pipes:
// a block of 32 k costs 8 + 2 slots an output vector, so a format with one scale per block can reach 80 % of
// the integer peak. It also does one 512-bit load a cycle, broadcasts included: with one panel every product
// needs a load, and 12 rows stop at 70 %; with two panels a broadcast serves two products. But where a single
// tile takes all rows the weights come from memory, and that goes fastest along one panel. Unpacking the
// codes takes other pipes. Only for files compiled for AVX-512.
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "ops/gemm/int8/int8_combinations.h"
#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm::avx512 {

struct Constants {
  __m512i nibbles = _mm512_set1_epi8(15);
  __m512i extra;  // kTable: the table in every 16 bytes; kFive: 16; kSix: 0x30
  __m512 scale_unit;
};

template <CodeKind kCodes>
inline Constants make_constants(const TileTask& task) {
  Constants constants;
  constants.extra = _mm512_setzero_si512();
  if constexpr (kCodes == CodeKind::kTable)
    constants.extra = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(task.table)));
  if constexpr (kCodes == CodeKind::kFive) constants.extra = _mm512_set1_epi8(16);
  if constexpr (kCodes == CodeKind::kSix) constants.extra = _mm512_set1_epi8(0x30);
  constants.scale_unit = _mm512_set1_ps(task.scale_unit);
  return constants;
}

inline __m512i load512(const std::byte* p) {
  return _mm512_load_si512(p);
}

// Where each panel's codes (or records) are.
template <int kPanels>
using Panels = const std::byte* [kPanels];

// The codes of groups 2·pair and 2·pair + 1 as bytes.
struct CodePair {
  __m512i even;
  __m512i odd;
};

// Bits 0-1 of `low` and `high` moved to bits 4-5, the rest of a byte masked away, joined with the nibble.
template <int kShift>
inline __m512i join_six(__m512i nibble, __m512i upper, __m512i mask) {
  __m512i moved = upper;
  if constexpr (kShift > 0) moved = _mm512_slli_epi16(upper, kShift);
  if constexpr (kShift < 0) moved = _mm512_srli_epi16(upper, -kShift);
  constexpr int kNibbleOrMovedAndMask = 0xf8;
  return _mm512_ternarylogic_epi32(nibble, moved, mask, kNibbleOrMovedAndMask);
}

template <CodeKind kCodes, int kPair>
inline CodePair load_codes(const std::byte* codes, const Constants& constants) {
  if constexpr (kCodes == CodeKind::kByte) {
    return {load512(codes + 128 * kPair), load512(codes + 128 * kPair + 64)};
  } else {
    const __m512i packed = load512(codes + 64 * kPair);
    const __m512i even = _mm512_and_si512(packed, constants.nibbles);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi16(packed, 4), constants.nibbles);
    if constexpr (kCodes == CodeKind::kTable) {
      return {_mm512_shuffle_epi8(constants.extra, even), _mm512_shuffle_epi8(constants.extra, odd)};
    } else if constexpr (kCodes == CodeKind::kFive) {
      const auto* bits = reinterpret_cast<const uint64_t*>(codes + 256) + 2 * kPair;
      return {_mm512_mask_add_epi8(even, _cvtu64_mask64(bits[0]), even, constants.extra),
              _mm512_mask_add_epi8(odd, _cvtu64_mask64(bits[1]), odd, constants.extra)};
    } else if constexpr (kCodes == CodeKind::kSix) {
      const __m512i upper = load512(codes + 256 + 64 * (kPair / 2));
      constexpr int kFirst = kPair % 2 == 0 ? 4 : 0;
      return {join_six<kFirst>(even, upper, constants.extra),
              join_six<kFirst - 2>(odd, upper, constants.extra)};
    } else {
      return {even, odd};
    }
  }
}

// Integer or float sums of kRows rows and kPanels panels.
template <int kRows, int kPanels>
using IntSums = __m512i[kRows][kPanels];
template <int kRows, int kPanels>
using FloatSums = __m512[kRows][kPanels];

template <int kRows, int kPanels>
inline void dot(IntSums<kRows, kPanels>& sums, const __m512i (&codes)[kPanels], const std::byte* quants) {
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
    const __m512i four = _mm512_set1_epi32(reinterpret_cast<const int32_t*>(quants)[i]);
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) sums[i][p] = _mm512_dpbusd_epi32(sums[i][p], codes[p], four);
  }
}

template <int kRows, int kPanels>
inline void start(IntSums<kRows, kPanels>& sums, const int32_t* starts) {
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
    const __m512i value = _mm512_set1_epi32(starts[i]);
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) sums[i][p] = value;
  }
}

// Groups 2·kPair and 2·kPair + 1.
template <CodeKind kCodes, int kPair, int kRows, int kPanels>
inline void dot_pair(IntSums<kRows, kPanels>& sums, const Panels<kPanels>& codes, const std::byte* quants,
                     const Constants& constants) {
  __m512i even[kPanels];
  __m512i odd[kPanels];
#pragma GCC unroll 2
  for (int p = 0; p < kPanels; ++p) {
    const CodePair pair = load_codes<kCodes, kPair>(codes[p], constants);
    even[p] = pair.even;
    odd[p] = pair.odd;
  }
  dot<kRows, kPanels>(sums, even, quants + 8 * kPair * kRows);
  dot<kRows, kPanels>(sums, odd, quants + 8 * kPair * kRows + 4 * kRows);
}

// Half a block: four groups of codes, from pair kPair on.
template <CodeKind kCodes, int kPair, int kRows, int kPanels>
inline void dot_half(IntSums<kRows, kPanels>& sums, const Panels<kPanels>& codes, const std::byte* quants,
                     const Constants& constants) {
  dot_pair<kCodes, kPair, kRows, kPanels>(sums, codes, quants, constants);
  dot_pair<kCodes, kPair + 1, kRows, kPanels>(sums, codes, quants, constants);
}

inline __m512 load_f16(const std::byte* p) {
  return _mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
}
inline __m512 load_bf16(const std::byte* p) {
  const __m512i wide = _mm512_cvtepu16_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
inline __m512 load_i8(const std::byte* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(p))));
}

// The scales of a record's blocks.
template <ScaleKind kScales>
class Scales {
 public:
  Scales(const std::byte* header, const Constants& constants) : header_(header) {
    if constexpr (is_super(kScales)) {
      scale_ = _mm512_mul_ps(load_f16(header), constants.scale_unit);
      if constexpr (has_minimum(kScales)) minimum_ = load_f16(header + 32);
    }
  }
  __m512 scale(int slot, int half) const {
    const int index = slot * halves(kScales) + half;
    if constexpr (is_super(kScales)) return _mm512_mul_ps(scale_, load_i8(header_ + 64 + 16 * index));
    if constexpr (kScales == ScaleKind::kBrain || kScales == ScaleKind::kBrain16)
      return load_bf16(header_ + 32 * index);
    return load_f16(header_ + 32 * index);
  }
  __m512 minimum(int slot, int half) const {
    const int index = slot * halves(kScales) + half;
    if constexpr (is_super(kScales))
      return _mm512_mul_ps(minimum_, load_i8(header_ + 64 + 8 * halves(kScales) * kPanelRows + 16 * index));
    return load_f16(header_ + 32);
  }

 private:
  const std::byte* header_;
  __m512 scale_;
  __m512 minimum_;
};

template <ScaleKind kScales, int kPanels>
struct Records;
template <ScaleKind kScales>
struct Records<kScales, 1> {
  Records(const std::byte* record, int64_t, const Constants& constants) : scales{{record, constants}} {}
  Scales<kScales> scales[1];
};
template <ScaleKind kScales>
struct Records<kScales, 2> {
  Records(const std::byte* record, int64_t panel_bytes, const Constants& constants)
      : scales{{record, constants}, {record + panel_bytes, constants}} {}
  Scales<kScales> scales[2];
};

template <int kRows, int kPanels>
inline void add_minimum(FloatSums<kRows, kPanels>& sums, const __m512 (&minimum)[kPanels],
                        const float* block_sums) {
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
    const __m512 block_sum = _mm512_set1_ps(block_sums[i]);
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) sums[i][p] = _mm512_fmadd_ps(minimum[p], block_sum, sums[i][p]);
  }
}

// One block of 32 k into the sums.
template <CodeKind kCodes, ScaleKind kScales, int kRows, int kPanels>
inline void add_block(FloatSums<kRows, kPanels>& sums, const Panels<kPanels>& codes,
                      const Scales<kScales> (&records)[kPanels], int slot, const std::byte* activations,
                      const Constants& constants) {
  const auto* scales = reinterpret_cast<const float*>(activations + kBlock * kRows);
  const auto* starts = reinterpret_cast<const int32_t*>(scales + kRows);
  const auto* block_sums = reinterpret_cast<const float*>(starts + halves(kScales) * kRows);
  IntSums<kRows, kPanels> x;
  start<kRows, kPanels>(x, starts);
  dot_half<kCodes, 0, kRows, kPanels>(x, codes, activations, constants);
  __m512 scale[kPanels];
#pragma GCC unroll 2
  for (int p = 0; p < kPanels; ++p) scale[p] = records[p].scale(slot, 0);
  if constexpr (halves(kScales) == 1) {
    dot_half<kCodes, 2, kRows, kPanels>(x, codes, activations, constants);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const __m512 row_scale = _mm512_set1_ps(scales[i]);
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) {
        const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(x[i][p]), scale[p]);
        sums[i][p] = _mm512_fmadd_ps(product, row_scale, sums[i][p]);
      }
    }
  } else {
    FloatSums<kRows, kPanels> product;
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) product[i][p] = _mm512_mul_ps(_mm512_cvtepi32_ps(x[i][p]), scale[p]);
    }
    start<kRows, kPanels>(x, starts + kRows);
    dot_half<kCodes, 2, kRows, kPanels>(x, codes, activations, constants);
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) scale[p] = records[p].scale(slot, 1);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const __m512 row_scale = _mm512_set1_ps(scales[i]);
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) {
        product[i][p] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(x[i][p]), scale[p], product[i][p]);
        sums[i][p] = _mm512_fmadd_ps(product[i][p], row_scale, sums[i][p]);
      }
    }
  }
  if constexpr (has_minimum(kScales)) {
    __m512 minimum[kPanels];
    for (int half = 0; half < halves(kScales); ++half) {
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) minimum[p] = records[p].minimum(slot, half);
      add_minimum<kRows, kPanels>(sums, minimum, block_sums + half * kRows);
    }
  }
}

template <int kRows, int kPanels>
inline void store(const FloatSums<kRows, kPanels>& sums, const TileTask& task) {
#pragma GCC unroll 2
  for (int p = 0; p < kPanels; ++p) {
    const int first = kPanelRows * p;
    const int count = std::min(kPanelRows, task.columns - first);
    const auto columns = static_cast<__mmask16>((1u << count) - 1u);
    const __m512 bias =
        task.bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(columns, task.bias + first);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      if (i >= task.rows) continue;
      __m512 value = _mm512_add_ps(sums[i][p], bias);
      if (task.residual != nullptr) {
        const float* const residual = task.residual + i * task.residual_stride + first;
        value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(columns, residual));
      }
      _mm512_mask_storeu_ps(task.c + i * task.c_stride + first, columns, value);
    }
  }
}

// How far ahead of the multiplication weights from memory are asked for; 0: not at all. Few rows are done so
// fast that the hardware's own prefetcher, which follows a panel, keeps memory busy, and asking as well made
// it slower by a fifth (docs/performance.md); more rows compute in between, and it falls behind.
constexpr int prefetch_bytes(int rows) {
  return rows < 4 ? 0 : 4096;
}

template <int kBytes>
inline void prefetch(const std::byte* src) {
#pragma GCC unroll 8
  for (int line = 0; line < kBytes; line += 64)
    _mm_prefetch(reinterpret_cast<const char*>(src + line), _MM_HINT_T0);
}

template <CodeKind kCodes, ScaleKind kScales, int kRows, int kPanels>
void run_tile(const TileTask& task) {
  constexpr int kPerRecord = blocks_per_record(kScales);
  constexpr int kCodeBytes = block_code_bytes(kCodes);
  constexpr int kAhead = prefetch_bytes(kRows);
  constexpr int64_t kActivationBytes = activation_block_bytes(kScales, kRows);
  const Constants constants = make_constants<kCodes>(task);
  FloatSums<kRows, kPanels> sums;
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int p = 0; p < kPanels; ++p) sums[i][p] = _mm512_setzero_ps();
  }
  const std::byte* record = task.panel;
  const std::byte* activations = task.activations;
  for (int64_t block = 0; block < task.blocks; block += kPerRecord) {
    const Records<kScales, kPanels> records(record, task.panel_bytes, constants);
    const std::byte* codes = record + header_bytes(kScales);
    const int count = static_cast<int>(std::min<int64_t>(kPerRecord, task.blocks - block));
    for (int slot = 0; slot < count; ++slot) {
      Panels<kPanels> at;
#pragma GCC unroll 2
      for (int p = 0; p < kPanels; ++p) {
        at[p] = codes + p * task.panel_bytes;
        if (kAhead > 0 && task.from_memory) prefetch<kCodeBytes>(at[p] + kAhead);
      }
      add_block<kCodes, kScales, kRows, kPanels>(sums, at, records.scales, slot, activations, constants);
      activations += kActivationBytes;
      codes += kCodeBytes;
    }
    record += record_bytes(kCodes, kScales);
  }
  store<kRows, kPanels>(sums, task);
}

template <CodeKind kCodes, ScaleKind kScales>
struct TileFunctions {
  template <int kRows, int kPanels>
  struct Tile {
    static void run(const TileTask& task) { run_tile<kCodes, kScales, kRows, kPanels>(task); }
  };
};

struct Set {
  template <CodeKind kCodes, ScaleKind kScales>
  static const TileSet* get() {
    // With two scales a block, a third set of registers holds the first half's products.
    if constexpr (halves(kScales) == 2) {
      static constexpr TileSet kSet = make_tile_set<TileFunctions<kCodes, kScales>::template Tile>(
          8, Shape<1, 1>{}, Shape<2, 2>{}, Shape<3, 2>{}, Shape<4, 2>{}, Shape<6, 1>{}, Shape<8, 1>{});
      return &kSet;
    } else {
      static constexpr TileSet kSet = make_tile_set<TileFunctions<kCodes, kScales>::template Tile>(
          6, Shape<1, 1>{}, Shape<2, 2>{}, Shape<3, 2>{}, Shape<4, 2>{}, Shape<6, 2>{}, Shape<8, 1>{},
          Shape<10, 1>{}, Shape<12, 1>{});
      return &kSet;
    }
  }
};

}  // namespace nagare::gemm::avx512
