// The types whose numbers come from a codebook of eight or four elements (iq_grids.h).
#include <cstring>

#include "tensor/blocks.h"
#include "tensor/dequantise.h"
#include "tensor/dequantise_blocks.h"
#include "tensor/half.h"
#include "tensor/iq_grids.h"

namespace nagare {
namespace {

constexpr float kIq1Shift = 0.125f;

// `count` elements: scale * grid, negated where the sign bit is set.
void put_signed(float scale, const uint8_t* grid, uint32_t signs, float* dst, int count) {
  for (int i = 0; i < count; ++i) {
    const float magnitude = scale * static_cast<float>(grid[i]);
    dst[i] = ((signs >> i) & 1) != 0 ? -magnitude : magnitude;
  }
}

void put_shifted(float scale, const int8_t* grid, float shift, float* dst) {
  for (int i = 0; i < 8; ++i) dst[i] = scale * (static_cast<float>(grid[i]) + shift);
}

// The scale of the iq2 and iq3_xxs types: scale * (1/2 + s) * step.
float stepped(float scale, uint32_t s, float step) {
  return scale * (0.5f + static_cast<float>(s)) * step;
}

uint32_t load_u32(const void* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void from_iq1_s(const BlockIQ1_S& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int octet = 0; octet < 32; ++octet) {
    const uint32_t bits = block.group_bits[octet / 4];
    const float group_scale = scale * static_cast<float>(2 * ((bits >> 12) & 7) + 1);
    const uint32_t index = block.quants[octet] | (((bits >> (octet % 4 * 3)) & 7) << 8);
    put_shifted(group_scale, kIq1Grid[index].data(), (bits & 0x8000) != 0 ? -kIq1Shift : kIq1Shift,
                dst + 8 * octet);
  }
}

void from_iq1_m(const BlockIQ1_M& block, float* dst) {
  uint16_t words[4];
  std::memcpy(words, block.scales, sizeof words);
  uint32_t scale_f16 = 0;
  for (int i = 0; i < 4; ++i) scale_f16 |= static_cast<uint32_t>(words[i] >> 12) << (4 * i);
  const float scale = f16_to_f32(static_cast<uint16_t>(scale_f16));
  for (int octet = 0; octet < 32; ++octet) {
    const int pair = octet / 2;  // 16 elements share a scale; four of these fill a word's low 12 bits
    const int group_scale = (words[pair / 4] >> (pair % 4 * 3)) & 7;
    const uint32_t bits = block.high_bits[pair] >> (octet % 2 * 4);
    const uint32_t index = block.quants[octet] | ((bits & 7) << 8);
    put_shifted(scale * static_cast<float>(2 * group_scale + 1), kIq1Grid[index].data(),
                (bits & 8) != 0 ? -kIq1Shift : kIq1Shift, dst + 8 * octet);
  }
}

void from_iq2_xxs(const BlockIQ2_XXS& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int group = 0; group < 8; ++group) {
    const uint32_t indices = load_u32(block.quants + 4 * group);
    const uint32_t signs = load_u32(block.quants + 4 * group + 2);
    const float group_scale = stepped(scale, signs >> 28, 0.25f);
    for (int i = 0; i < 4; ++i) {
      put_signed(group_scale, kIq2XxsGrid[(indices >> (8 * i)) & 255].data(), even_signs(signs >> (7 * i)),
                 dst + 32 * group + 8 * i, 8);
    }
  }
}

void from_iq2_xs(const BlockIQ2_XS& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int octet = 0; octet < 32; ++octet) {
    const uint32_t group_scale = (block.scales[octet / 4] >> (octet % 4 / 2 * 4)) & 15;
    const uint32_t bits = block.quants[octet];
    put_signed(stepped(scale, group_scale, 0.25f), kIq2XsGrid[bits & 511].data(), even_signs(bits >> 9),
               dst + 8 * octet, 8);
  }
}

void from_iq2_s(const BlockIQ2_S& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int octet = 0; octet < 32; ++octet) {
    const uint32_t group_scale = (block.scales[octet / 4] >> (octet % 4 / 2 * 4)) & 15;
    const uint32_t high = (block.high_bits[octet / 4] >> (octet % 4 * 2)) & 3;
    put_signed(stepped(scale, group_scale, 0.25f), kIq2SGrid[block.quants[octet] | (high << 8)].data(),
               block.signs[octet], dst + 8 * octet, 8);
  }
}

void from_iq3_xxs(const BlockIQ3_XXS& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int octet = 0; octet < 32; ++octet) {
    const uint32_t bits = load_u32(block.signs_and_scales + octet / 4 * 4);
    const float group_scale = stepped(scale, bits >> 28, 0.5f);
    const uint32_t signs = even_signs(bits >> (octet % 4 * 7));
    put_signed(group_scale, kIq3XxsGrid[block.quants[2 * octet]].data(), signs, dst + 8 * octet, 4);
    put_signed(group_scale, kIq3XxsGrid[block.quants[2 * octet + 1]].data(), signs >> 4, dst + 8 * octet + 4,
               4);
  }
}

void from_iq3_s(const BlockIQ3_S& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int quad = 0; quad < 64; ++quad) {
    const int group = quad / 8;
    const int s = (block.scales[group / 2] >> (group % 2 * 4)) & 15;
    const uint32_t high = (block.high_bits[group] >> (quad % 8)) & 1;
    put_signed(scale * static_cast<float>(1 + 2 * s), kIq3SGrid[block.quants[quad] | (high << 8)].data(),
               block.signs[quad / 2] >> (quad % 2 * 4), dst + 4 * quad, 4);
  }
}

}  // namespace

namespace internal {

const DequantiseRow kDequantiseIQ1_S = for_each_block<BlockIQ1_S, kSuperBlock, from_iq1_s>;
const DequantiseRow kDequantiseIQ1_M = for_each_block<BlockIQ1_M, kSuperBlock, from_iq1_m>;
const DequantiseRow kDequantiseIQ2_XXS = for_each_block<BlockIQ2_XXS, kSuperBlock, from_iq2_xxs>;
const DequantiseRow kDequantiseIQ2_XS = for_each_block<BlockIQ2_XS, kSuperBlock, from_iq2_xs>;
const DequantiseRow kDequantiseIQ2_S = for_each_block<BlockIQ2_S, kSuperBlock, from_iq2_s>;
const DequantiseRow kDequantiseIQ3_XXS = for_each_block<BlockIQ3_XXS, kSuperBlock, from_iq3_xxs>;
const DequantiseRow kDequantiseIQ3_S = for_each_block<BlockIQ3_S, kSuperBlock, from_iq3_s>;

}  // namespace internal
}  // namespace nagare
