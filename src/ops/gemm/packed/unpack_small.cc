#include <bit>
#include <cstring>

#include "ops/gemm/packed/unpack.h"
#include "tensor/blocks.h"
#include "tensor/dequantise.h"

namespace nagare::gemm {
namespace {

template <class Block>
Block load(const std::byte* bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof(block));
  return block;
}

// `count` bytes hold 2·count codes: the low nibbles first.
void put_nibbles(const uint8_t* quants, int count, uint8_t* codes) {
  for (int i = 0; i < count; ++i) {
    codes[i] = quants[i] & 15;
    codes[i + count] = quants[i] >> 4;
  }
}

void add_fifth_bits(const uint8_t* high_bits, uint8_t* codes) {
  for (int i = 0; i < 32; ++i) codes[i] |= static_cast<uint8_t>(((high_bits[i / 8] >> (i % 8)) & 1) << 4);
}

// The bits of a number that bf16 holds exactly: one with at most 8 significant bits.
uint16_t exact_bf16(float value) {
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
}

}  // namespace

void unpack_q4_0(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ4_0>(bytes);
  put_nibbles(block.quants, 16, out.codes);
  out.scale = block.scale_f16;
}

void unpack_q4_1(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ4_1>(bytes);
  put_nibbles(block.quants, 16, out.codes);
  out.scale = block.scale_f16;
  out.minimum = block.minimum_f16;
}

void unpack_q5_0(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ5_0>(bytes);
  put_nibbles(block.quants, 16, out.codes);
  add_fifth_bits(block.high_bits, out.codes);
  out.scale = block.scale_f16;
}

void unpack_q5_1(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ5_1>(bytes);
  put_nibbles(block.quants, 16, out.codes);
  add_fifth_bits(block.high_bits, out.codes);
  out.scale = block.scale_f16;
  out.minimum = block.minimum_f16;
}

void unpack_q8_0(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockQ8_0>(bytes);
  for (int i = 0; i < 32; ++i) out.codes[i] = static_cast<uint8_t>(block.quants[i] ^ 0x80);
  out.scale = block.scale_f16;
}

void unpack_iq4_nl(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockIQ4_NL>(bytes);
  put_nibbles(block.quants, 16, out.codes);
  out.scale = block.scale_f16;
}

void unpack_mxfp4(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockMXFP4>(bytes);
  put_nibbles(block.quants, 16, out.codes);
  out.scale = exact_bf16(e8m0_half_to_f32(block.exponent));
}

void unpack_nvfp4(const std::byte* bytes, UnpackedBlock& out) {
  const auto block = load<BlockNVFP4>(bytes);
  for (int group = 0; group < 4; ++group) {
    put_nibbles(block.quants + 8 * group, 8, out.codes + 16 * group);
    out.group_scales[group] = exact_bf16(ue4m3_half_to_f32(block.scales[group]));
  }
}

}  // namespace nagare::gemm
