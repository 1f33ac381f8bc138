// The K types, the ternary types and iq4_xs: blocks of 256 elements without a codebook.
#include "tensor/blocks.h"
#include "tensor/dequantise.h"
#include "tensor/dequantise_blocks.h"
#include "tensor/half.h"

namespace nagare {
namespace {

// Where the two-bit numbers of a group of 16 lie, in the layout that q2_K, q3_K and tq2_0 share: (bytes[i] >>
// shift) & 3.
struct TwoBits {
  const uint8_t* bytes;
  int shift;
};
TwoBits two_bits(const uint8_t* quants, int group) {
  return {quants + group / 8 * 32 + group % 2 * 16, group % 8 / 2 * 2};
}

void from_q2_k(const BlockQ2_K& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  const float minimum = f16_to_f32(block.minimum_f16);
  for (int group = 0; group < 16; ++group) {
    const float group_scale = scale * static_cast<float>(block.scales[group] & 15);
    const float group_minimum = minimum * static_cast<float>(block.scales[group] >> 4);
    const TwoBits quants = two_bits(block.quants, group);
    for (int i = 0; i < 16; ++i) {
      dst[16 * group + i] =
          group_scale * static_cast<float>((quants.bytes[i] >> quants.shift) & 3) - group_minimum;
    }
  }
}

// The six-bit scale of group `group` (0-15), without its offset of 32.
int q3_k_scale(const uint8_t* scales, int group) {
  const int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
  const int high = (scales[8 + group % 4] >> (group / 4 * 2)) & 3;
  return low | (high << 4);
}

void from_q3_k(const BlockQ3_K& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int group = 0; group < 16; ++group) {
    const float group_scale = scale * static_cast<float>(q3_k_scale(block.scales, group) - 32);
    const TwoBits quants = two_bits(block.quants, group);
    const uint8_t* high_bits = block.high_bits + group % 2 * 16;
    for (int i = 0; i < 16; ++i) {
      const int low = (quants.bytes[i] >> quants.shift) & 3;
      const int high = (high_bits[i] >> (group / 2)) & 1;
      dst[16 * group + i] = group_scale * static_cast<float>(low + 4 * high - 4);
    }
  }
}

void from_q4_k(const BlockQ4_K& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  const float minimum = f16_to_f32(block.minimum_f16);
  for (int group = 0; group < 8; ++group) {
    const ScaleMin packed = unpack_scale_min(block.scales, group);
    const float group_scale = scale * static_cast<float>(packed.scale);
    const float group_minimum = minimum * static_cast<float>(packed.minimum);
    const uint8_t* quants = block.quants + group / 2 * 32;
    const int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      dst[32 * group + i] = group_scale * static_cast<float>((quants[i] >> shift) & 15) - group_minimum;
    }
  }
}

void from_q5_k(const BlockQ5_K& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  const float minimum = f16_to_f32(block.minimum_f16);
  for (int group = 0; group < 8; ++group) {
    const ScaleMin packed = unpack_scale_min(block.scales, group);
    const float group_scale = scale * static_cast<float>(packed.scale);
    const float group_minimum = minimum * static_cast<float>(packed.minimum);
    const uint8_t* quants = block.quants + group / 2 * 32;
    const int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      const int number = ((quants[i] >> shift) & 15) | (((block.high_bits[i] >> group) & 1) << 4);
      dst[32 * group + i] = group_scale * static_cast<float>(number) - group_minimum;
    }
  }
}

void from_q6_k(const BlockQ6_K& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int group = 0; group < 16; ++group) {
    const float group_scale = scale * static_cast<float>(block.scales[group]);
    const uint8_t* low_bits = block.low_bits + group / 8 * 64 + group % 4 * 16;
    const int low_shift = group % 8 / 4 * 4;
    const TwoBits high = two_bits(block.high_bits, group);
    for (int i = 0; i < 16; ++i) {
      const int number = ((low_bits[i] >> low_shift) & 15) | (((high.bytes[i] >> high.shift) & 3) << 4);
      dst[16 * group + i] = group_scale * static_cast<float>(number - 32);
    }
  }
}

void from_iq4_xs(const BlockIQ4_XS& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int group = 0; group < 8; ++group) {
    const int low = (block.scales_low[group / 2] >> (group % 2 * 4)) & 15;
    const int high = (block.scales_high >> (2 * group)) & 3;
    const float group_scale = scale * static_cast<float>((low | (high << 4)) - 32);
    const uint8_t* quants = block.quants + 16 * group;
    for (int i = 0; i < 16; ++i) {
      dst[32 * group + i] = group_scale * static_cast<float>(kIq4Values[quants[i] & 15]);
      dst[32 * group + i + 16] = group_scale * static_cast<float>(kIq4Values[quants[i] >> 4]);
    }
  }
}

// Digit `n` (0-4) of a byte that holds ternary digits as a base-3 fraction.
int ternary_digit(uint8_t packed, int n) {
  constexpr uint8_t kPowersOf3[5] = {1, 3, 9, 27, 81};
  const auto fraction = static_cast<uint8_t>(packed * kPowersOf3[n]);
  return (fraction * 3) >> 8;
}

void from_tq1_0(const BlockTQ1_0& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  const auto put = [&](int i, uint8_t packed, int n) {
    dst[i] = static_cast<float>(ternary_digit(packed, n) - 1) * scale;
  };
  for (int i = 0; i < 160; ++i) put(i, block.quants[i % 32], i / 32);
  for (int i = 0; i < 80; ++i) put(160 + i, block.quants[32 + i % 16], i / 16);
  for (int i = 0; i < 16; ++i) put(240 + i, block.last[i % 4], i / 4);
}

void from_tq2_0(const BlockTQ2_0& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int group = 0; group < 16; ++group) {
    const TwoBits quants = two_bits(block.quants, group);
    for (int i = 0; i < 16; ++i) {
      dst[16 * group + i] = static_cast<float>(((quants.bytes[i] >> quants.shift) & 3) - 1) * scale;
    }
  }
}

}  // namespace

namespace internal {

const DequantiseRow kDequantiseQ2_K = for_each_block<BlockQ2_K, kSuperBlock, from_q2_k>;
const DequantiseRow kDequantiseQ3_K = for_each_block<BlockQ3_K, kSuperBlock, from_q3_k>;
const DequantiseRow kDequantiseQ4_K = for_each_block<BlockQ4_K, kSuperBlock, from_q4_k>;
const DequantiseRow kDequantiseQ5_K = for_each_block<BlockQ5_K, kSuperBlock, from_q5_k>;
const DequantiseRow kDequantiseQ6_K = for_each_block<BlockQ6_K, kSuperBlock, from_q6_k>;
const DequantiseRow kDequantiseIQ4_XS = for_each_block<BlockIQ4_XS, kSuperBlock, from_iq4_xs>;
const DequantiseRow kDequantiseTQ1_0 = for_each_block<BlockTQ1_0, kSuperBlock, from_tq1_0>;
const DequantiseRow kDequantiseTQ2_0 = for_each_block<BlockTQ2_0, kSuperBlock, from_tq2_0>;

}  // namespace internal
}  // namespace nagare
