// The int8 tile in plain C++, with the one SSE2 instruction (pmaddwd) that compilers do not find by
// themselves: what runs on any processor. A block's codes are unpacked once to bytes and serve up to four
// rows.
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "ops/gemm/int8/int8_combinations.h"
#include "ops/gemm/int8/int8_quantise.h"
#include "ops/gemm/int8/int8_solvers.h"

namespace nagare::gemm {
namespace {

constexpr int kGroupBytes = 4 * kPanelRows;
using Lanes = std::array<float, kPanelRows>;
using Sums = std::array<int32_t, kPanelRows>;

struct Generic {
  static void quantise_block(const float* x, int8_t* quants, BlockSums& sums) {
    float largest = 0;
    for (int i = 0; i < kBlock; ++i) largest = std::max(largest, std::abs(x[i]));
    const float scale = largest < kTinyActivation ? 0.0f : largest / 127.0f;
    const float inverse = scale == 0.0f ? 0.0f : 1.0f / scale;
    int32_t totals[2] = {};
    for (int i = 0; i < kBlock; ++i) {
      // Adding 1.5 · 2^23 rounds to nearest even. The clamp is for infinities and NaN.
      constexpr float kRounder = 12582912.0f;
      float scaled = x[i] * inverse;
      scaled = scaled < 127.0f ? scaled : 127.0f;
      scaled = scaled > -127.0f ? scaled : -127.0f;
      const float rounded = (scaled + kRounder) - kRounder;
      const auto quant = static_cast<int32_t>(rounded);
      quants[i] = static_cast<int8_t>(quant);
      totals[i / 16] += quant;
    }
    sums = {scale, totals[0], totals[1]};
  }
};

void add_bits(uint8_t* codes, uint64_t bits) {
  uint64_t word = 0;
  std::memcpy(&word, codes, sizeof word);
  word |= bits;
  std::memcpy(codes, &word, sizeof word);
}

// A block's codes as bytes, group after group.
template <CodeKind kCodes>
void unpack(const std::byte* packed, const TileTask& task, uint8_t* codes) {
  const auto* src = reinterpret_cast<const uint8_t*>(packed);
  if constexpr (kCodes == CodeKind::kByte) {
    std::memcpy(codes, src, kGroups * kGroupBytes);
    return;
  }
  for (int pair = 0; pair < kGroups / 2; ++pair) {
    for (int i = 0; i < kGroupBytes; ++i) {
      const uint8_t both = src[pair * kGroupBytes + i];
      codes[2 * pair * kGroupBytes + i] = both & 15;
      codes[(2 * pair + 1) * kGroupBytes + i] = both >> 4;
    }
  }
  if constexpr (kCodes == CodeKind::kTable) {
    for (int i = 0; i < kGroups * kGroupBytes; ++i) codes[i] = task.table[codes[i]];
  } else if constexpr (kCodes == CodeKind::kFive) {
    for (int i = 0; i < kGroups * kGroupBytes; i += 8) {
      // Bit j to byte j: picked out of eight copies, then anything but zero carried to bit 7 and moved to
      // bit 4.
      const uint64_t picked = (src[256 + i / 8] * 0x0101010101010101u) & 0x8040201008040201u;
      add_bits(codes + i, ((picked + 0x7f7f7f7f7f7f7f7fu) >> 3) & 0x1010101010101010u);
    }
  } else if constexpr (kCodes == CodeKind::kSix) {
    for (int i = 0; i < kGroups * kGroupBytes; i += 8) {
      const int group = i / kGroupBytes;
      uint64_t upper = 0;
      std::memcpy(&upper, src + 256 + group / 4 * kGroupBytes + i % kGroupBytes, sizeof upper);
      add_bits(codes + i, ((upper >> (group % 4 * 2)) & 0x0303030303030303u) << 4);
    }
  }
}

// sums += groups [begin, end) of the codes times a row's quants, which lie `stride` bytes apart.
#if defined(__SSE2__)
void dot(Sums& sums, const uint8_t* codes, const std::byte* quants, int stride, int begin, int end) {
  // Pairs of k of two columns a register: [n, n, n+1, n+1].
  __m128i pairs[kPanelRows / 2];
  for (__m128i& pair : pairs) pair = _mm_setzero_si128();
  const __m128i zero = _mm_setzero_si128();
  for (int g = begin; g < end; ++g) {
    int32_t four = 0;
    std::memcpy(&four, quants + g * stride, sizeof four);
    const __m128i bytes = _mm_set1_epi32(four);
    const __m128i words = _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);  // sign-extended
    for (int i = 0; i < kPanelRows / 4; ++i) {
      const __m128i code =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes + g * kGroupBytes + 16 * i));
      pairs[2 * i] = _mm_add_epi32(pairs[2 * i], _mm_madd_epi16(_mm_unpacklo_epi8(code, zero), words));
      pairs[2 * i + 1] =
          _mm_add_epi32(pairs[2 * i + 1], _mm_madd_epi16(_mm_unpackhi_epi8(code, zero), words));
    }
  }
  for (int i = 0; i < kPanelRows / 4; ++i) {
    const __m128 low = _mm_castsi128_ps(pairs[2 * i]);
    const __m128 high = _mm_castsi128_ps(pairs[2 * i + 1]);
    const __m128i even = _mm_castps_si128(_mm_shuffle_ps(low, high, 0b10001000));
    const __m128i odd = _mm_castps_si128(_mm_shuffle_ps(low, high, 0b11011101));
    auto* const dst = reinterpret_cast<__m128i*>(sums.data() + 4 * i);
    _mm_storeu_si128(dst, _mm_add_epi32(_mm_loadu_si128(dst), _mm_add_epi32(even, odd)));
  }
}
#else
void dot(Sums& sums, const uint8_t* codes, const std::byte* quants, int stride, int begin, int end) {
  for (int g = begin; g < end; ++g) {
    int8_t four[4];
    std::memcpy(four, quants + g * stride, sizeof four);
    for (int n = 0; n < kPanelRows; ++n) {
      const uint8_t* code = codes + g * kGroupBytes + 4 * n;
      sums[static_cast<size_t>(n)] +=
          code[0] * four[0] + code[1] * four[1] + code[2] * four[2] + code[3] * four[3];
    }
  }
}
#endif

// 16 numbers of f16 without a branch: the exponent is moved by a multiplication, which subnormals survive.
Lanes load_f16(const std::byte* src) {
  std::array<uint16_t, kPanelRows> halfs;
  std::memcpy(halfs.data(), src, sizeof halfs);
  Lanes lanes;
  for (size_t n = 0; n < kPanelRows; ++n) {
    const uint32_t bits = halfs[n];
    const uint32_t magnitude =
        std::bit_cast<uint32_t>(std::bit_cast<float>((bits & 0x7fffu) << 13) * 0x1p112f);
    const uint32_t infinite = (bits & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0u;
    lanes[n] = std::bit_cast<float>(magnitude | infinite | ((bits & 0x8000u) << 16));
  }
  return lanes;
}
Lanes load_bf16(const std::byte* src) {
  std::array<uint16_t, kPanelRows> halfs;
  std::memcpy(halfs.data(), src, sizeof halfs);
  Lanes lanes;
  for (size_t n = 0; n < kPanelRows; ++n)
    lanes[n] = std::bit_cast<float>(static_cast<uint32_t>(halfs[n]) << 16);
  return lanes;
}
Lanes times_i8(const Lanes& scale, const std::byte* factors) {
  Lanes lanes;
  for (size_t n = 0; n < kPanelRows; ++n)
    lanes[n] = scale[n] * static_cast<float>(static_cast<int8_t>(std::to_integer<uint8_t>(factors[n])));
  return lanes;
}

// The scales of a record's blocks.
template <ScaleKind kScales>
class Scales {
 public:
  Scales(const std::byte* header, float scale_unit) : header_(header) {
    if constexpr (is_super(kScales)) {
      scale_ = load_f16(header);
      for (float& scale : scale_) scale *= scale_unit;
      if constexpr (has_minimum(kScales)) minimum_ = load_f16(header + 32);
    }
  }
  Lanes scale(int slot, int half) const {
    const int index = slot * halves(kScales) + half;
    if constexpr (is_super(kScales)) return times_i8(scale_, header_ + 64 + 16 * index);
    if constexpr (kScales == ScaleKind::kBrain || kScales == ScaleKind::kBrain16)
      return load_bf16(header_ + 32 * index);
    return load_f16(header_ + 32 * index);
  }
  Lanes minimum(int slot, int half) const {
    const int index = slot * halves(kScales) + half;
    if constexpr (is_super(kScales))
      return times_i8(minimum_, header_ + 64 + 8 * halves(kScales) * kPanelRows + 16 * index);
    return load_f16(header_ + 32);
  }

 private:
  const std::byte* header_;
  Lanes scale_;
  Lanes minimum_;
};

// The factors of one block, for all rows of a tile.
template <ScaleKind kScales>
struct BlockScales {
  BlockScales(const Scales<kScales>& record, int slot) {
    for (int half = 0; half < halves(kScales); ++half) {
      scale[half] = record.scale(slot, half);
      if constexpr (has_minimum(kScales)) minimum[half] = record.minimum(slot, half);
    }
  }
  Lanes scale[halves(kScales)];
  Lanes minimum[halves(kScales)];
};

// One block of 32 k into row `i`'s sums.
template <ScaleKind kScales, int kRows>
void add_block(Lanes& sums, const uint8_t* codes, const BlockScales<kScales>& block,
               const std::byte* activations, int i) {
  const auto* scales = reinterpret_cast<const float*>(activations + kBlock * kRows);
  const auto* starts = reinterpret_cast<const int32_t*>(scales + kRows);
  const auto* block_sums = reinterpret_cast<const float*>(starts + halves(kScales) * kRows);
  constexpr int kSpan = kGroups / halves(kScales);
  Lanes product{};
  for (int half = 0; half < halves(kScales); ++half) {
    Sums x;
    x.fill(starts[half * kRows + i]);
    dot(x, codes, activations + 4 * i, 4 * kRows, half * kSpan, (half + 1) * kSpan);
    for (size_t n = 0; n < kPanelRows; ++n) product[n] += static_cast<float>(x[n]) * block.scale[half][n];
  }
  for (size_t n = 0; n < kPanelRows; ++n) sums[n] += product[n] * scales[i];
  if constexpr (has_minimum(kScales)) {
    for (int half = 0; half < halves(kScales); ++half) {
      const float block_sum = block_sums[half * kRows + i];
      for (size_t n = 0; n < kPanelRows; ++n) sums[n] += block.minimum[half][n] * block_sum;
    }
  }
}

void store(const Lanes& sums, const TileTask& task, int row) {
  for (int n = 0; n < task.columns; ++n) {
    float value = sums[static_cast<size_t>(n)];
    if (task.bias != nullptr) value += task.bias[n];
    if (task.residual != nullptr) value += task.residual[row * task.residual_stride + n];
    task.c[row * task.c_stride + n] = value;
  }
}

template <CodeKind kCodes, ScaleKind kScales>
struct TileFunctions {
  template <int kRows, int>
  struct Tile {
    static void run(const TileTask& task) {
      constexpr int kPerRecord = blocks_per_record(kScales);
      Lanes sums[kRows] = {};
      uint8_t codes[kGroups * kGroupBytes];
      const std::byte* record = task.panel;
      const std::byte* activations = task.activations;
      for (int64_t block = 0; block < task.blocks; block += kPerRecord) {
        const Scales<kScales> scales(record, task.scale_unit);
        const int count = static_cast<int>(std::min<int64_t>(kPerRecord, task.blocks - block));
        for (int slot = 0; slot < count; ++slot) {
          unpack<kCodes>(record + header_bytes(kScales) + slot * block_code_bytes(kCodes), task, codes);
          const BlockScales<kScales> factors(scales, slot);
          for (int i = 0; i < kRows; ++i) add_block<kScales, kRows>(sums[i], codes, factors, activations, i);
          activations += activation_block_bytes(kScales, kRows);
        }
        record += record_bytes(kCodes, kScales);
      }
      for (int i = 0; i < task.rows; ++i) store(sums[i], task, i);
    }
  };
};

struct Set {
  template <CodeKind kCodes, ScaleKind kScales>
  static const TileSet* get() {
    static constexpr TileSet kSet =
        make_tile_set<TileFunctions<kCodes, kScales>::template Tile>(4, Shape<1, 1>{}, Shape<4, 1>{});
    return &kSet;
  }
};

const TileSet* tiles(CodeKind codes, ScaleKind scales) {
  switch (codes) {
    case CodeKind::kNibble:
      return nibble_tiles<Set>(scales);
    case CodeKind::kTable:
      return table_tiles<Set>(scales);
    default:
      return wide_tiles<Set>(codes, scales);
  }
}

}  // namespace

const Int8Kernels& int8_generic() {
  static constexpr Int8Kernels kKernels{.quantise = &quantise_tile<Generic>, .tiles = &tiles};
  return kKernels;
}

}  // namespace nagare::gemm
