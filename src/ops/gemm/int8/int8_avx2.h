// The int8 tile for AVX2: 8 columns × M rows in registers, twice for a panel.
//
// vpmaddubsw multiplies unsigned codes with signed quants and adds pairs in 16 bits, which saturate. With
// quants in
// [-127, 127] nothing does where codes have few bits: 8 groups of nibbles, 4 of five bits, 2 of six fit a
// 16-bit sum (e.g. 8 · 2 · 15 · 127 = 30480). Eight-bit codes are made signed and go one group at a time as
// |w| · sign(q, w), at most 2 · 128 · 127 = 32512. Only for files compiled for AVX2.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <utility>

#include "ops/gemm/int8/int8_combinations.h"
#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm::avx2 {

inline constexpr int kColumns = 8;

// Codes that must be made signed by subtracting 128.
constexpr bool is_signed(CodeKind codes) {
  return codes == CodeKind::kByte || codes == CodeKind::kTable;
}
// Groups whose products a 16-bit sum holds.
constexpr int groups_in_16_bits(CodeKind codes) {
  if (codes == CodeKind::kNibble) return 8;
  if (codes == CodeKind::kFive) return 4;
  return codes == CodeKind::kSix ? 2 : 1;
}

inline __m256i load256(const std::byte* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}
inline __m128i load128(const std::byte* p) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(p));
}

// 32 bits to 32 bytes of 16 or 0.
inline __m256i spread_fifth_bits(uint32_t bits) {
  const __m256i which = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
                                         2, 3, 3, 3, 3, 3, 3, 3, 3);
  const __m256i bit = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201u));
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int32_t>(bits)), which);
  return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit), _mm256_set1_epi8(16));
}

// The codes of group kGroup for 8 columns; `half` 1: the upper ones. Signed where is_signed.
template <CodeKind kCodes, int kGroup>
inline __m256i load_codes(const std::byte* codes, int half, const TileTask& task) {
  const std::byte* const at = codes + 32 * half;
  if constexpr (kCodes == CodeKind::kByte) {
    return _mm256_xor_si256(load256(at + 64 * kGroup), _mm256_set1_epi8(-128));
  } else {
    __m256i code = load256(at + 64 * (kGroup / 2));
    if constexpr (kGroup % 2 == 1) code = _mm256_srli_epi16(code, 4);
    code = _mm256_and_si256(code, _mm256_set1_epi8(15));
    if constexpr (kCodes == CodeKind::kTable) {
      const __m256i table =
          _mm256_broadcastsi128_si256(load128(reinterpret_cast<const std::byte*>(task.table)));
      code = _mm256_xor_si256(_mm256_shuffle_epi8(table, code), _mm256_set1_epi8(-128));
    } else if constexpr (kCodes == CodeKind::kFive) {
      const auto* bits = reinterpret_cast<const uint32_t*>(codes + 256);
      code = _mm256_or_si256(code, spread_fifth_bits(bits[2 * kGroup + half]));
    } else if constexpr (kCodes == CodeKind::kSix) {
      constexpr int kShift = 4 - 2 * (kGroup % 4);
      __m256i upper = load256(at + 256 + 64 * (kGroup / 4));
      if constexpr (kShift > 0) upper = _mm256_slli_epi16(upper, kShift);
      if constexpr (kShift < 0) upper = _mm256_srli_epi16(upper, -kShift);
      code = _mm256_or_si256(code, _mm256_and_si256(upper, _mm256_set1_epi8(0x30)));
    }
    return code;
  }
}

// Groups kGroup … kEnd - 1 into the 32-bit sums.
template <CodeKind kCodes, int kGroup, int kEnd, int kRows>
inline void dot(__m256i (&sums)[kRows], const std::byte* codes, int half, const std::byte* quants,
                const TileTask& task) {
  constexpr int kRun = std::min(groups_in_16_bits(kCodes), kEnd - kGroup);
  __m256i short_sums[kRows];
  const auto add_group = [&]<int kOffset>(
                             std::integral_constant<int, kOffset>) __attribute__((always_inline)) {
    constexpr int kThis = kGroup + kOffset;
    const __m256i code = load_codes<kCodes, kThis>(codes, half, task);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
      const __m256i four = _mm256_set1_epi32(reinterpret_cast<const int32_t*>(quants + 4 * kThis * kRows)[i]);
      __m256i product;
      if constexpr (is_signed(kCodes))
        product = _mm256_maddubs_epi16(_mm256_abs_epi8(code), _mm256_sign_epi8(four, code));
      else
        product = _mm256_maddubs_epi16(code, four);
      short_sums[i] = kOffset == 0 ? product : _mm256_add_epi16(short_sums[i], product);
    }
  };
  [&]<int... kOffsets>(std::integer_sequence<int, kOffsets...>) __attribute__((always_inline)) {
    (add_group(std::integral_constant<int, kOffsets>{}), ...);
  }(std::make_integer_sequence<int, kRun>{});
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i)
    sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(short_sums[i], _mm256_set1_epi16(1)));
  if constexpr (kGroup + kRun < kEnd) dot<kCodes, kGroup + kRun, kEnd>(sums, codes, half, quants, task);
}

template <CodeKind kCodes, int kRows>
inline void start(__m256i (&sums)[kRows], const int32_t* starts) {
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i)
    sums[i] = is_signed(kCodes) ? _mm256_setzero_si256() : _mm256_set1_epi32(starts[i]);
}

inline __m256 load_f16(const std::byte* p) {
  return _mm256_cvtph_ps(load128(p));
}
inline __m256 load_bf16(const std::byte* p) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load128(p)), 16));
}
inline __m256 load_i8(const std::byte* p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}

// The scales of a record's blocks for 8 columns.
template <ScaleKind kScales>
class Scales {
 public:
  Scales(const std::byte* header, int half, float scale_unit) : header_(header), half_(half) {
    if constexpr (is_super(kScales)) {
      scale_ = _mm256_mul_ps(load_f16(header + 16 * half), _mm256_set1_ps(scale_unit));
      if constexpr (has_minimum(kScales)) minimum_ = load_f16(header + 32 + 16 * half);
    }
  }
  __m256 scale(int slot, int part) const {
    const int index = slot * halves(kScales) + part;
    if constexpr (is_super(kScales))
      return _mm256_mul_ps(scale_, load_i8(header_ + 64 + 16 * index + 8 * half_));
    if constexpr (kScales == ScaleKind::kBrain || kScales == ScaleKind::kBrain16)
      return load_bf16(header_ + 32 * index + 16 * half_);
    return load_f16(header_ + 32 * index + 16 * half_);
  }
  __m256 minimum(int slot, int part) const {
    const int index = slot * halves(kScales) + part;
    if constexpr (is_super(kScales)) {
      const std::byte* factors = header_ + 64 + 8 * halves(kScales) * kPanelRows;
      return _mm256_mul_ps(minimum_, load_i8(factors + 16 * index + 8 * half_));
    }
    return load_f16(header_ + 32 + 16 * half_);
  }

 private:
  const std::byte* header_;
  int half_;
  __m256 scale_;
  __m256 minimum_;
};

template <int kRows>
inline void add_minimum(__m256 (&sums)[kRows], __m256 minimum, const float* block_sums) {
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) sums[i] = _mm256_fmadd_ps(minimum, _mm256_set1_ps(block_sums[i]), sums[i]);
}

// One block of 32 k into the sums.
template <CodeKind kCodes, ScaleKind kScales, int kRows>
inline void add_block(__m256 (&sums)[kRows], const std::byte* codes, int half, const Scales<kScales>& record,
                      int slot, const std::byte* activations, const TileTask& task) {
  const auto* scales = reinterpret_cast<const float*>(activations + kBlock * kRows);
  const auto* starts = reinterpret_cast<const int32_t*>(scales + kRows);
  const auto* block_sums = reinterpret_cast<const float*>(starts + halves(kScales) * kRows);
  constexpr int kFirstEnd = kGroups / halves(kScales);
  __m256i x[kRows];
  __m256 product[kRows];
  start<kCodes>(x, starts);
  dot<kCodes, 0, kFirstEnd>(x, codes, half, activations, task);
  const __m256 first = record.scale(slot, 0);
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) product[i] = _mm256_mul_ps(_mm256_cvtepi32_ps(x[i]), first);
  if constexpr (halves(kScales) == 2) {
    start<kCodes>(x, starts + kRows);
    dot<kCodes, kFirstEnd, kGroups>(x, codes, half, activations, task);
    const __m256 second = record.scale(slot, 1);
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i)
      product[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(x[i]), second, product[i]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) sums[i] = _mm256_fmadd_ps(product[i], _mm256_set1_ps(scales[i]), sums[i]);
  if constexpr (has_minimum(kScales)) {
    add_minimum(sums, record.minimum(slot, 0), block_sums);
    if constexpr (halves(kScales) == 2) add_minimum(sums, record.minimum(slot, 1), block_sums + kRows);
  }
}

template <int kRows>
inline void store(const __m256 (&sums)[kRows], int half, const TileTask& task) {
  const int first = kColumns * half;
  const int count = std::clamp(task.columns - first, 0, kColumns);
  const __m256i columns =
      _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  const __m256 bias =
      task.bias == nullptr ? _mm256_setzero_ps() : _mm256_maskload_ps(task.bias + first, columns);
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
    if (i >= task.rows) continue;
    __m256 value = _mm256_add_ps(sums[i], bias);
    if (task.residual != nullptr) {
      const float* residual = task.residual + i * task.residual_stride + first;
      value = _mm256_add_ps(value, _mm256_maskload_ps(residual, columns));
    }
    _mm256_maskstore_ps(task.c + i * task.c_stride + first, columns, value);
  }
}

template <CodeKind kCodes, ScaleKind kScales, int kRows>
void run_half(const TileTask& task, int half) {
  constexpr int kPerRecord = blocks_per_record(kScales);
  constexpr int64_t kActivationBytes = activation_block_bytes(kScales, kRows);
  __m256 sums[kRows];
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) sums[i] = _mm256_setzero_ps();
  const std::byte* record = task.panel;
  const std::byte* activations = task.activations;
  for (int64_t block = 0; block < task.blocks; block += kPerRecord) {
    const Scales<kScales> scales(record, half, task.scale_unit);
    const std::byte* codes = record + header_bytes(kScales);
    const int count = static_cast<int>(std::min<int64_t>(kPerRecord, task.blocks - block));
    for (int slot = 0; slot < count; ++slot) {
      add_block<kCodes>(sums, codes, half, scales, slot, activations, task);
      activations += kActivationBytes;
      codes += block_code_bytes(kCodes);
    }
    record += record_bytes(kCodes, kScales);
  }
  store(sums, half, task);
}

template <CodeKind kCodes, ScaleKind kScales>
struct TileFunctions {
  template <int kRows, int>
  struct Tile {
    static void run(const TileTask& task) {
      for (int half = 0; half < 2; ++half) run_half<kCodes, kScales, kRows>(task, half);
    }
  };
};

struct Set {
  template <CodeKind kCodes, ScaleKind kScales>
  static const TileSet* get() {
    static constexpr TileSet kSet = make_tile_set<TileFunctions<kCodes, kScales>::template Tile>(
        4, Shape<1, 1>{}, Shape<2, 1>{}, Shape<4, 1>{});
    return &kSet;
  }
};

}  // namespace nagare::gemm::avx2
