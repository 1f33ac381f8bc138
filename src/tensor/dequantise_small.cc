// The types of 32 elements (q4_0 … q8_0, iq4_nl) and the FP4 types.
#include <bit>

#include "tensor/blocks.h"
#include "tensor/dequantise.h"
#include "tensor/dequantise_blocks.h"
#include "tensor/half.h"

namespace nagare {
namespace {

void from_q4_0(const BlockQ4_0& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int i = 0; i < 16; ++i) {
    dst[i] = static_cast<float>((block.quants[i] & 15) - 8) * scale;
    dst[i + 16] = static_cast<float>((block.quants[i] >> 4) - 8) * scale;
  }
}

void from_q4_1(const BlockQ4_1& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  const float minimum = f16_to_f32(block.minimum_f16);
  for (int i = 0; i < 16; ++i) {
    dst[i] = static_cast<float>(block.quants[i] & 15) * scale + minimum;
    dst[i + 16] = static_cast<float>(block.quants[i] >> 4) * scale + minimum;
  }
}

// The five-bit number of element `i` (0-31).
int five_bits(const uint8_t* quants, const uint8_t* high_bits, int i) {
  const int low = i < 16 ? quants[i] & 15 : quants[i - 16] >> 4;
  const int high = (high_bits[i / 8] >> (i % 8)) & 1;
  return low | (high << 4);
}

void from_q5_0(const BlockQ5_0& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int i = 0; i < 32; ++i) {
    dst[i] = static_cast<float>(five_bits(block.quants, block.high_bits, i) - 16) * scale;
  }
}

void from_q5_1(const BlockQ5_1& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  const float minimum = f16_to_f32(block.minimum_f16);
  for (int i = 0; i < 32; ++i) {
    dst[i] = static_cast<float>(five_bits(block.quants, block.high_bits, i)) * scale + minimum;
  }
}

void from_q8_0(const BlockQ8_0& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int i = 0; i < 32; ++i) dst[i] = static_cast<float>(block.quants[i]) * scale;
}

void from_iq4_nl(const BlockIQ4_NL& block, float* dst) {
  const float scale = f16_to_f32(block.scale_f16);
  for (int i = 0; i < 16; ++i) {
    dst[i] = scale * static_cast<float>(kIq4Values[block.quants[i] & 15]);
    dst[i + 16] = scale * static_cast<float>(kIq4Values[block.quants[i] >> 4]);
  }
}

void from_mxfp4(const BlockMXFP4& block, float* dst) {
  const float scale = e8m0_half_to_f32(block.exponent);
  for (int i = 0; i < 16; ++i) {
    dst[i] = static_cast<float>(kFp4Values[block.quants[i] & 15]) * scale;
    dst[i + 16] = static_cast<float>(kFp4Values[block.quants[i] >> 4]) * scale;
  }
}

void from_nvfp4(const BlockNVFP4& block, float* dst) {
  for (int group = 0; group < 4; ++group) {
    const float scale = ue4m3_half_to_f32(block.scales[group]);
    const uint8_t* quants = block.quants + 8 * group;
    for (int i = 0; i < 8; ++i) {
      dst[16 * group + i] = static_cast<float>(kFp4Values[quants[i] & 15]) * scale;
      dst[16 * group + i + 8] = static_cast<float>(kFp4Values[quants[i] >> 4]) * scale;
    }
  }
}

}  // namespace

float e8m0_half_to_f32(uint8_t exponent) {
  const uint32_t bits = exponent < 2 ? 0x00200000u << exponent : static_cast<uint32_t>(exponent - 1) << 23;
  return std::bit_cast<float>(bits);
}

float ue4m3_half_to_f32(uint8_t bits) {
  if (bits == 0x7f) return 0.0f;
  const uint32_t exponent = (bits >> 3) & 15u;
  const uint32_t mantissa = bits & 7u;
  if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-10f;
  // Bias 7 to bias 127, less one for the half.
  return std::bit_cast<float>(((exponent + 119) << 23) | (mantissa << 20));
}

namespace internal {

const DequantiseRow kDequantiseQ4_0 = for_each_block<BlockQ4_0, 32, from_q4_0>;
const DequantiseRow kDequantiseQ4_1 = for_each_block<BlockQ4_1, 32, from_q4_1>;
const DequantiseRow kDequantiseQ5_0 = for_each_block<BlockQ5_0, 32, from_q5_0>;
const DequantiseRow kDequantiseQ5_1 = for_each_block<BlockQ5_1, 32, from_q5_1>;
const DequantiseRow kDequantiseQ8_0 = for_each_block<BlockQ8_0, 32, from_q8_0>;
const DequantiseRow kDequantiseIQ4_NL = for_each_block<BlockIQ4_NL, 32, from_iq4_nl>;
const DequantiseRow kDequantiseMXFP4 = for_each_block<BlockMXFP4, 32, from_mxfp4>;
const DequantiseRow kDequantiseNVFP4 = for_each_block<BlockNVFP4, 64, from_nvfp4>;

}  // namespace internal
}  // namespace nagare
