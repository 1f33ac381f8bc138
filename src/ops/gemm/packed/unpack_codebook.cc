#include <cstring>

#include "ops/gemm/packed/unpack.h"
#include "tensor/blocks.h"
#include "tensor/iq_grids.h"

namespace nagare::gemm {
namespace {

template <class Block>
Block load(const std::byte* bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof(block));
  return block;
}

uint32_t load_u32(const void* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// Codes of `count` magnitudes with signs: the magnitude's number (its bits from `shift` on), then the sign in
// bit 3.
void put_signed(const uint8_t* grid, int shift, uint32_t signs, uint8_t* codes, int count) {
  for (int i = 0; i < count; ++i) {
    codes[i] = static_cast<uint8_t>((grid[i] >> shift) | (((signs >> i) & 1) << 3));
  }
}
constexpr int kIq2Shift = 3;  // 8, 25, 43 → 1, 3, 5; 4, 12 … 52, 62 → 0 … 7
constexpr int kIq3SShift = 1;

int8_t odd_factor(uint32_t s) {
  return static_cast<int8_t>(2 * s + 1);
}

// -1, 0 or 1 and a shift of ±1/8: in eighths -9, -7, -1, 1, 7, 9, in this order.
void put_shifted(const int8_t* grid, bool down, uint8_t* codes) {
  for (int i = 0; i < 8; ++i) codes[i] = static_cast<uint8_t>(2 * (grid[i] + 1) + (down ? 0 : 1));
}

}  // namespace

void unpack_iq1_s(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ1_S>(bytes);
  for (int octet = 0; octet < 32; ++octet) {
    const uint32_t bits = block.group_bits[octet / 4];
    out.scale_factors[octet / 4] = odd_factor((bits >> 12) & 7);
    const uint32_t index = block.quants[octet] | (((bits >> (octet % 4 * 3)) & 7) << 8);
    put_shifted(kIq1Grid[index].data(), (bits & 0x8000) != 0, out.codes + 8 * octet);
  }
  out.scale = block.scale_f16;
}

void unpack_iq1_m(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ1_M>(bytes);
  uint16_t words[4];
  std::memcpy(words, block.scales, sizeof words);
  uint32_t scale = 0;
  for (int i = 0; i < 4; ++i) scale |= static_cast<uint32_t>(words[i] >> 12) << (4 * i);
  out.scale = static_cast<uint16_t>(scale);
  for (int octet = 0; octet < 32; ++octet) {
    const int pair = octet / 2;
    out.scale_factors[pair] = odd_factor((words[pair / 4] >> (pair % 4 * 3)) & 7);
    const uint32_t bits = block.high_bits[pair] >> (octet % 2 * 4);
    const uint32_t index = block.quants[octet] | ((bits & 7) << 8);
    put_shifted(kIq1Grid[index].data(), (bits & 8) != 0, out.codes + 8 * octet);
  }
}

void unpack_iq2_xxs(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ2_XXS>(bytes);
  for (int group = 0; group < 8; ++group) {
    const uint32_t indices = load_u32(block.quants + 4 * group);
    const uint32_t signs = load_u32(block.quants + 4 * group + 2);
    out.scale_factors[group] = odd_factor(signs >> 28);
    for (int i = 0; i < 4; ++i) {
      put_signed(kIq2XxsGrid[(indices >> (8 * i)) & 255].data(), kIq2Shift, even_signs(signs >> (7 * i)),
                 out.codes + 32 * group + 8 * i, 8);
    }
  }
  out.scale = block.scale_f16;
}

void unpack_iq2_xs(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ2_XS>(bytes);
  for (int octet = 0; octet < 32; ++octet) {
    out.scale_factors[octet / 2] = odd_factor((block.scales[octet / 4] >> (octet % 4 / 2 * 4)) & 15);
    const uint32_t bits = block.quants[octet];
    put_signed(kIq2XsGrid[bits & 511].data(), kIq2Shift, even_signs(bits >> 9), out.codes + 8 * octet, 8);
  }
  out.scale = block.scale_f16;
}

void unpack_iq2_s(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ2_S>(bytes);
  for (int octet = 0; octet < 32; ++octet) {
    out.scale_factors[octet / 2] = odd_factor((block.scales[octet / 4] >> (octet % 4 / 2 * 4)) & 15);
    const uint32_t high = (block.high_bits[octet / 4] >> (octet % 4 * 2)) & 3;
    put_signed(kIq2SGrid[block.quants[octet] | (high << 8)].data(), kIq2Shift, block.signs[octet],
               out.codes + 8 * octet, 8);
  }
  out.scale = block.scale_f16;
}

void unpack_iq3_xxs(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ3_XXS>(bytes);
  for (int octet = 0; octet < 32; ++octet) {
    const uint32_t bits = load_u32(block.signs_and_scales + octet / 4 * 4);
    out.scale_factors[octet / 4] = odd_factor(bits >> 28);
    const uint32_t signs = even_signs(bits >> (octet % 4 * 7));
    uint8_t* codes = out.codes + 8 * octet;
    put_signed(kIq3XxsGrid[block.quants[2 * octet]].data(), kIq2Shift, signs, codes, 4);
    put_signed(kIq3XxsGrid[block.quants[2 * octet + 1]].data(), kIq2Shift, signs >> 4, codes + 4, 4);
  }
  out.scale = block.scale_f16;
}

void unpack_iq3_s(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ3_S>(bytes);
  for (int quad = 0; quad < 64; ++quad) {
    const int group = quad / 8;
    out.scale_factors[group] = odd_factor((block.scales[group / 2] >> (group % 2 * 4)) & 15);
    const uint32_t high = (block.high_bits[group] >> (quad % 8)) & 1;
    put_signed(kIq3SGrid[block.quants[quad] | (high << 8)].data(), kIq3SShift,
               block.signs[quad / 2] >> (quad % 2 * 4), out.codes + 4 * quad, 4);
  }
  out.scale = block.scale_f16;
}

}  // namespace nagare::gemm
