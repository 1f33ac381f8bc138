// The int8 tile for AVX-512 with VNNI: 16 columns × M rows in registers over the whole of k.
//
// Zen 4 does one 512-bit vpdpbusd a cycle, and multiplications and fused multiply-adds on the same two pipes:
// a block of 32 k costs 8 + 2 slots an output vector, so a format with one scale per block can reach 80 % of
// the integer peak; 77 % were measured with M = 12. Unpacking the codes takes other pipes. Only for files
// compiled for AVX-512.
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

template <int kRows>
inline void dot(__m512i (&sums)[kRows], __m512i codes, const std::byte* quants) {
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
    const __m512i four = _mm512_set1_epi32(reinterpret_cast<const int32_t*>(quants)[i]);
    sums[i] = _mm512_dpbusd_epi32(sums[i], codes, four);
  }
}

template <int kRows>
inline void start(__m512i (&sums)[kRows], const int32_t* starts) {
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) sums[i] = _mm512_set1_epi32(starts[i]);
}

// Half a block: four groups of codes, from pair kPair on.
template <CodeKind kCodes, int kPair, int kRows>
inline void dot_half(__m512i (&sums)[kRows], const std::byte* codes, const std::byte* quants,
                     const Constants& constants) {
  const CodePair first = load_codes<kCodes, kPair>(codes, constants);
  dot(sums, first.even, quants + 8 * kPair * kRows);
  dot(sums, first.odd, quants + 8 * kPair * kRows + 4 * kRows);
  const CodePair second = load_codes<kCodes, kPair + 1>(codes, constants);
  dot(sums, second.even, quants + 8 * kPair * kRows + 8 * kRows);
  dot(sums, second.odd, quants + 8 * kPair * kRows + 12 * kRows);
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

template <int kRows>
inline void add_minimum(__m512 (&sums)[kRows], __m512 minimum, const float* block_sums) {
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) sums[i] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(block_sums[i]), sums[i]);
}

// One block of 32 k into the sums.
template <CodeKind kCodes, ScaleKind kScales, int kRows>
inline void add_block(__m512 (&sums)[kRows], const std::byte* codes, const Scales<kScales>& record, int slot,
                      const std::byte* activations, const Constants& constants) {
  const auto* scales = reinterpret_cast<const float*>(activations + kBlock * kRows);
  const auto* starts = reinterpret_cast<const int32_t*>(scales + kRows);
  const auto* block_sums = reinterpret_cast<const float*>(starts + halves(kScales) * kRows);
  __m512i x[kRows];
  start(x, starts);
  dot_half<kCodes, 0>(x, codes, activations, constants);
  if constexpr (halves(kScales) == 1) {
    dot_half<kCodes, 2>(x, codes, activations, constants);
    const __m512 scale = record.scale(slot, 0);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(x[i]), scale);
      sums[i] = _mm512_fmadd_ps(product, _mm512_set1_ps(scales[i]), sums[i]);
    }
  } else {
    __m512 product[kRows];
    const __m512 first = record.scale(slot, 0);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) product[i] = _mm512_mul_ps(_mm512_cvtepi32_ps(x[i]), first);
    start(x, starts + kRows);
    dot_half<kCodes, 2>(x, codes, activations, constants);
    const __m512 second = record.scale(slot, 1);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      product[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(x[i]), second, product[i]);
      sums[i] = _mm512_fmadd_ps(product[i], _mm512_set1_ps(scales[i]), sums[i]);
    }
  }
  if constexpr (has_minimum(kScales)) {
    add_minimum(sums, record.minimum(slot, 0), block_sums);
    if constexpr (halves(kScales) == 2) add_minimum(sums, record.minimum(slot, 1), block_sums + kRows);
  }
}

template <int kRows>
inline void store(const __m512 (&sums)[kRows], const TileTask& task) {
  const auto columns = static_cast<__mmask16>((1u << task.columns) - 1u);
  const __m512 bias = task.bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(columns, task.bias);
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
    if (i >= task.rows) continue;
    __m512 value = _mm512_add_ps(sums[i], bias);
    if (task.residual != nullptr)
      value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(columns, task.residual + i * task.residual_stride));
    _mm512_mask_storeu_ps(task.c + i * task.c_stride, columns, value);
  }
}

// How far ahead of the multiplication the weights are asked for: past the hardware prefetcher's page.
inline constexpr int kPrefetchBytes = 2048;

template <int kBytes>
inline void prefetch(const std::byte* src) {
#pragma GCC unroll 8
  for (int line = 0; line < kBytes; line += 64)
    _mm_prefetch(reinterpret_cast<const char*>(src + line), _MM_HINT_T0);
}

template <CodeKind kCodes, ScaleKind kScales, int kRows>
void run_tile(const TileTask& task) {
  constexpr int kPerRecord = blocks_per_record(kScales);
  constexpr int kCodeBytes = block_code_bytes(kCodes);
  constexpr int64_t kActivationBytes = activation_block_bytes(kScales, kRows);
  const Constants constants = make_constants<kCodes>(task);
  __m512 sums[kRows];
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) sums[i] = _mm512_setzero_ps();
  const std::byte* record = task.panel;
  const std::byte* activations = task.activations;
  for (int64_t block = 0; block < task.blocks; block += kPerRecord) {
    const Scales<kScales> scales(record, constants);
    const std::byte* codes = record + header_bytes(kScales);
    const int count = static_cast<int>(std::min<int64_t>(kPerRecord, task.blocks - block));
    for (int slot = 0; slot < count; ++slot) {
      prefetch<kCodeBytes>(codes + kPrefetchBytes);
      add_block<kCodes>(sums, codes, scales, slot, activations, constants);
      activations += kActivationBytes;
      codes += kCodeBytes;
    }
    record += record_bytes(kCodes, kScales);
  }
  store(sums, task);
}

template <CodeKind kCodes, ScaleKind kScales>
struct TileFunctions {
  template <int kRows>
  struct Tile {
    static void run(const TileTask& task) { run_tile<kCodes, kScales, kRows>(task); }
  };
};

struct Set {
  template <CodeKind kCodes, ScaleKind kScales>
  static const TileSet* get() {
    // With two scales a block, a third set of registers holds the first half's products.
    if constexpr (halves(kScales) == 2) {
      static constexpr TileSet kSet =
          make_tile_set<TileFunctions<kCodes, kScales>::template Tile, 1, 2, 3, 4, 6, 8>();
      return &kSet;
    } else {
      static constexpr TileSet kSet =
          make_tile_set<TileFunctions<kCodes, kScales>::template Tile, 1, 2, 3, 4, 6, 8, 10, 12>();
      return &kSet;
    }
  }
};

}  // namespace nagare::gemm::avx512
