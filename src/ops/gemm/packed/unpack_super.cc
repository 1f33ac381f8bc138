#include <cstring>

#include "ops/gemm/packed/unpack.h"
#include "tensor/blocks.h"
#include "tensor/dequantise.h"

namespace nagare::gemm {
namespace {

constexpr uint16_t kSignF16 = 0x8000;

template <class Block>
Block load(const std::byte* bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof(block));
  return block;
}

// The loops below run over 32 bytes with nothing but shifts and masks, so that compilers make vectors of
// them.

// The two-bit numbers in the layout that q2_K, q3_K and tq2_0 share.
void put_two_bits(const uint8_t* quants, uint8_t* codes) {
  for (int half = 0; half < 2; ++half) {
    for (int j = 0; j < 4; ++j) {
      for (int i = 0; i < 32; ++i)
        codes[128 * half + 32 * j + i] = static_cast<uint8_t>((quants[32 * half + i] >> (2 * j)) & 3);
    }
  }
}

// Bit `group` of byte i to bit `to` of element i of each group of 32.
void add_high_bits(const uint8_t* high_bits, int to, uint8_t* codes) {
  for (int group = 0; group < 8; ++group) {
    for (int i = 0; i < 32; ++i) {
      const int bit = (high_bits[i] >> group) & 1;
      codes[32 * group + i] = static_cast<uint8_t>(codes[32 * group + i] | (bit << to));
    }
  }
}

void put_scales_and_minima(const uint8_t* packed, UnpackedBlock& out) {
  for (int group = 0; group < 8; ++group) {
    const ScaleMin pair = unpack_scale_min(packed, group);
    out.scale_factors[group] = static_cast<int8_t>(pair.scale);
    out.minimum_factors[group] = static_cast<int8_t>(pair.minimum);
  }
}

// Groups 2j and 2j + 1 of 32 are the low and high nibbles of bytes 32j … 32j+31.
void put_paired_nibbles(const uint8_t* quants, UnpackedBlock& out) {
  for (int pair = 0; pair < 4; ++pair) {
    for (int i = 0; i < 32; ++i) {
      out.codes[64 * pair + i] = quants[32 * pair + i] & 15;
      out.codes[64 * pair + 32 + i] = quants[32 * pair + i] >> 4;
    }
  }
}

// Digit `n` of a byte that holds ternary digits as a base-3 fraction.
uint8_t ternary_digit(uint8_t packed, int n) {
  constexpr uint8_t kPowersOf3[5] = {1, 3, 9, 27, 81};
  const auto fraction = static_cast<uint8_t>(packed * kPowersOf3[n]);
  return static_cast<uint8_t>((fraction * 3) >> 8);
}

}  // namespace

void unpack_q2_k(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ2_K>(bytes);
  put_two_bits(block.quants, out.codes);
  for (int group = 0; group < 16; ++group) {
    out.scale_factors[group] = static_cast<int8_t>(block.scales[group] & 15);
    out.minimum_factors[group] = static_cast<int8_t>(block.scales[group] >> 4);
  }
  out.scale = block.scale_f16;
  out.minimum = block.minimum_f16 ^ kSignF16;
}

void unpack_q3_k(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ3_K>(bytes);
  put_two_bits(block.quants, out.codes);
  add_high_bits(block.high_bits, 2, out.codes);
  for (int group = 0; group < 16; ++group) {
    const int low = group < 8 ? block.scales[group] & 15 : block.scales[group - 8] >> 4;
    const int high = (block.scales[8 + group % 4] >> (group / 4 * 2)) & 3;
    out.scale_factors[group] = static_cast<int8_t>((low | (high << 4)) - 32);
  }
  out.scale = block.scale_f16;
}

void unpack_q4_k(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ4_K>(bytes);
  put_paired_nibbles(block.quants, out);
  put_scales_and_minima(block.scales, out);
  out.scale = block.scale_f16;
  out.minimum = block.minimum_f16 ^ kSignF16;
}

void unpack_q5_k(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ5_K>(bytes);
  put_paired_nibbles(block.quants, out);
  add_high_bits(block.high_bits, 4, out.codes);
  put_scales_and_minima(block.scales, out);
  out.scale = block.scale_f16;
  out.minimum = block.minimum_f16 ^ kSignF16;
}

void unpack_q6_k(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ6_K>(bytes);
  for (int run = 0; run < 8; ++run) {  // of 32 elements
    const int half = run / 4;
    const int within = run % 4;
    const uint8_t* low_bits = block.low_bits + 64 * half + within % 2 * 32;
    const uint8_t* high_bits = block.high_bits + 32 * half;
    for (int i = 0; i < 32; ++i) {
      const int low = (low_bits[i] >> (within / 2 * 4)) & 15;
      const int high = (high_bits[i] >> (within * 2)) & 3;
      out.codes[32 * run + i] = static_cast<uint8_t>(low | (high << 4));
    }
  }
  std::memcpy(out.scale_factors, block.scales, sizeof(block.scales));
  out.scale = block.scale_f16;
}

void unpack_iq4_xs(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ4_XS>(bytes);
  for (int group = 0; group < 8; ++group) {
    for (int i = 0; i < 16; ++i) {
      out.codes[32 * group + i] = block.quants[16 * group + i] & 15;
      out.codes[32 * group + 16 + i] = block.quants[16 * group + i] >> 4;
    }
    const int low = (block.scales_low[group / 2] >> (group % 2 * 4)) & 15;
    const int high = (block.scales_high >> (2 * group)) & 3;
    out.scale_factors[group] = static_cast<int8_t>((low | (high << 4)) - 32);
  }
  out.scale = block.scale_f16;
}

void unpack_tq1_0(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockTQ1_0>(bytes);
  for (int i = 0; i < 160; ++i) out.codes[i] = ternary_digit(block.quants[i % 32], i / 32);
  for (int i = 0; i < 80; ++i) out.codes[160 + i] = ternary_digit(block.quants[32 + i % 16], i / 16);
  for (int i = 0; i < 16; ++i) out.codes[240 + i] = ternary_digit(block.last[i % 4], i / 4);
  std::memset(out.scale_factors, 1, sizeof(out.scale_factors));
  out.scale = block.scale_f16;
}

void unpack_tq2_0(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockTQ2_0>(bytes);
  put_two_bits(block.quants, out.codes);
  std::memset(out.scale_factors, 1, sizeof(out.scale_factors));
  out.scale = block.scale_f16;
}

}  // namespace nagare::gemm
