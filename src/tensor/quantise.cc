#include "tensor/quantise.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "tensor/blocks.h"
#include "tensor/half.h"
#include "tensor/quantise_blocks.h"

namespace nagare {
namespace {

using internal::QuantiseRow;
using internal::truncate_within;

float inverse_or_zero(float value) {
  return value != 0.0f ? 1.0f / value : 0.0f;
}

// The element of largest magnitude, the first of equals, with its sign.
float extreme(const float* x) {
  float largest = 0.0f, found = 0.0f;
  for (int i = 0; i < kSmallBlock; ++i) {
    if (std::abs(x[i]) > largest) {
      largest = std::abs(x[i]);
      found = x[i];
    }
  }
  return found;
}

struct Range {
  float minimum;
  float maximum;
};
Range range_of(const float* x) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  Range range{kLargest, -kLargest};
  for (int i = 0; i < kSmallBlock; ++i) {
    if (x[i] < range.minimum) range.minimum = x[i];
    if (x[i] > range.maximum) range.maximum = x[i];
  }
  return range;
}

// Sets element `i` (0-31) of a block of nibbles; `high_bits` takes the fifth bit, where there is one.
void put_nibble(uint8_t* quants, int i, int number) {
  quants[i % 16] = static_cast<uint8_t>(quants[i % 16] | ((number & 15) << (i / 16 * 4)));
}
void put_five_bits(uint8_t* quants, uint8_t* high_bits, int i, int number) {
  put_nibble(quants, i, number);
  high_bits[i / 8] = static_cast<uint8_t>(high_bits[i / 8] | ((number >> 4) << (i % 8)));
}

BlockQ4_0 to_q4_0(const float* x) {
  const float scale = extreme(x) / -8.0f;
  const float inverse = inverse_or_zero(scale);
  BlockQ4_0 block{.scale_f16 = f32_to_f16(scale), .quants = {}};
  for (int i = 0; i < kSmallBlock; ++i)
    put_nibble(block.quants, i, truncate_within(x[i] * inverse + 8.5f, 0, 15));
  return block;
}

BlockQ4_1 to_q4_1(const float* x) {
  const Range range = range_of(x);
  const float scale = (range.maximum - range.minimum) / 15.0f;
  const float inverse = inverse_or_zero(scale);
  BlockQ4_1 block{.scale_f16 = f32_to_f16(scale), .minimum_f16 = f32_to_f16(range.minimum), .quants = {}};
  for (int i = 0; i < kSmallBlock; ++i) {
    put_nibble(block.quants, i, truncate_within((x[i] - range.minimum) * inverse + 0.5f, 0, 15));
  }
  return block;
}

BlockQ5_0 to_q5_0(const float* x) {
  const float scale = extreme(x) / -16.0f;
  const float inverse = inverse_or_zero(scale);
  BlockQ5_0 block{.scale_f16 = f32_to_f16(scale), .high_bits = {}, .quants = {}};
  for (int i = 0; i < kSmallBlock; ++i) {
    put_five_bits(block.quants, block.high_bits, i, truncate_within(x[i] * inverse + 16.5f, 0, 31));
  }
  return block;
}

BlockQ5_1 to_q5_1(const float* x) {
  const Range range = range_of(x);
  const float scale = (range.maximum - range.minimum) / 31.0f;
  const float inverse = inverse_or_zero(scale);
  BlockQ5_1 block{.scale_f16 = f32_to_f16(scale),
                  .minimum_f16 = f32_to_f16(range.minimum),
                  .high_bits = {},
                  .quants = {}};
  for (int i = 0; i < kSmallBlock; ++i) {
    const int number = truncate_within((x[i] - range.minimum) * inverse + 0.5f, 0, 31);
    put_five_bits(block.quants, block.high_bits, i, number);
  }
  return block;
}

BlockQ8_0 to_q8_0(const float* x) {
  const float scale = std::abs(extreme(x)) / 127.0f;
  const float inverse = inverse_or_zero(scale);
  BlockQ8_0 block{.scale_f16 = f32_to_f16(scale), .quants = {}};
  // Halves away from zero.
  for (int i = 0; i < kSmallBlock; ++i) {
    block.quants[i] = static_cast<int8_t>(truncate_within(std::round(x[i] * inverse), -128, 127));
  }
  return block;
}

template <class Block, Block (*kConvert)(const float*)>
void quantise_blocks(const float* src, std::byte* dst, int64_t elements) {
  for (int64_t at = 0; at < elements; at += kSmallBlock) {
    const Block block = kConvert(src + at);
    std::memcpy(dst, &block, sizeof block);
    dst += sizeof block;
  }
}

template <uint16_t (*kConvert)(float)>
void narrow_each(const float* src, std::byte* dst, int64_t elements) {
  for (int64_t i = 0; i < elements; ++i) {
    const uint16_t bits = kConvert(src[i]);
    std::memcpy(dst + 2 * i, &bits, sizeof bits);
  }
}

void copy_f32(const float* src, std::byte* dst, int64_t elements) {
  if (elements > 0) std::memcpy(dst, src, static_cast<size_t>(elements) * sizeof(float));
}

// nullptr for a type that is only read.
QuantiseRow quantiser(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return copy_f32;
    case DType::kF16:
      return narrow_each<f32_to_f16>;
    case DType::kBF16:
      return narrow_each<f32_to_bf16>;
    case DType::kQ4_0:
      return quantise_blocks<BlockQ4_0, to_q4_0>;
    case DType::kQ4_1:
      return quantise_blocks<BlockQ4_1, to_q4_1>;
    case DType::kQ5_0:
      return quantise_blocks<BlockQ5_0, to_q5_0>;
    case DType::kQ5_1:
      return quantise_blocks<BlockQ5_1, to_q5_1>;
    case DType::kQ8_0:
      return quantise_blocks<BlockQ8_0, to_q8_0>;
    case DType::kQ4_K:
      return internal::kQuantiseQ4_K;
    case DType::kQ5_K:
      return internal::kQuantiseQ5_K;
    case DType::kQ6_K:
      return internal::kQuantiseQ6_K;
    default:
      return nullptr;
  }
}

}  // namespace

bool can_quantise(DType dtype) {
  return quantiser(dtype) != nullptr;
}

void quantise_row(DType dtype, const float* src, std::byte* dst, int64_t elements) {
  if (const QuantiseRow quantise = quantiser(dtype); quantise != nullptr) quantise(src, dst, elements);
}

}  // namespace nagare
