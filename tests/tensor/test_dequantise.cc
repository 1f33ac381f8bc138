// Dequantisation of random blocks of every type, held to fingerprints that were taken from ggml (llama.cpp,
// November 2025) on the same bytes; nvfp4, which that version lacks, is held to its definition.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "tensor/blocks.h"
#include "tensor/dequantise.h"
#include "tensor/dtype.h"
#include "tensor/half.h"
#include "tensor/iq_grids.h"

namespace nagare {
namespace {

uint64_t split_mix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::vector<std::byte> random_bytes(uint64_t seed, size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& b : bytes) b = static_cast<std::byte>(split_mix(seed));
  return bytes;
}

// FNV-1a over the bits, with all NaNs as one.
uint64_t fingerprint(const std::vector<float>& values) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const float value : values) {
    uint32_t bits = std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value);
    for (int i = 0; i < 4; ++i, bits >>= 8) hash = (hash ^ (bits & 255u)) * 0x100000001b3u;
  }
  return hash;
}

constexpr int64_t kElements = 256 * 512;

std::vector<float> dequantised_noise(const DTypeTraits& t) {
  const auto bytes = random_bytes(7, static_cast<size_t>(row_bytes(t.dtype, kElements)));
  std::vector<float> values(kElements);
  dequantise_row(t.dtype, bytes.data(), values.data(), kElements);
  return values;
}

TEST(Dequantise, EveryBlockTypeHasTheReferencesBits) {
  const std::map<std::string, uint64_t, std::less<>> expected = {
      {"q4_0", 0xc289db725c2eb7b0u},    {"q4_1", 0x5ef0d8dc5c6c2396u},   {"q5_0", 0x5a6ce9cfd5fd27f0u},
      {"q5_1", 0x8f87d6f23853db62u},    {"q8_0", 0xc317d2be7e0082f0u},   {"q2_K", 0x6ef25a8f1ddc6478u},
      {"q3_K", 0xb323ba2c99e47fe4u},    {"q4_K", 0x8191aa52d356e2eeu},   {"q5_K", 0x1d6e7c718d2cd21eu},
      {"q6_K", 0x5ab504353e0703b3u},    {"iq1_s", 0x4c40521a793fe346u},  {"iq1_m", 0x74f845f6269ef8b9u},
      {"iq2_xxs", 0xc1d14cf6b1758be1u}, {"iq2_xs", 0x05b4f1b74435ee52u}, {"iq2_s", 0x80ddbfd30e2a6f8eu},
      {"iq3_xxs", 0x2c7607d1854f6fc6u}, {"iq3_s", 0xceae76ef7cb7a26du},  {"iq4_nl", 0x4548ccbbb0e5cdd7u},
      {"iq4_xs", 0x4bc869148388439cu},  {"tq1_0", 0xad59548a250c7d60u},  {"tq2_0", 0x151b94e4221b7896u},
      {"mxfp4", 0x5db079c74e8779e0u},
  };
  for (const DTypeTraits& t : all_dtypes()) {
    if (t.block_elements == 1 || t.dtype == DType::kNVFP4) continue;
    const auto entry = expected.find(t.name);
    ASSERT_NE(entry, expected.end()) << t.name;
    EXPECT_EQ(fingerprint(dequantised_noise(t)), entry->second) << t.name;
  }
}

TEST(Dequantise, AnUnalignedSourceGivesTheSame) {
  for (const DTypeTraits& t : all_dtypes()) {
    constexpr int64_t kFew = 512;
    auto bytes = random_bytes(11, static_cast<size_t>(row_bytes(t.dtype, kFew)));
    std::vector<float> aligned(kFew), unaligned(kFew);
    dequantise_row(t.dtype, bytes.data(), aligned.data(), kFew);
    bytes.insert(bytes.begin(), std::byte{0});
    dequantise_row(t.dtype, bytes.data() + 1, unaligned.data(), kFew);
    EXPECT_EQ(std::memcmp(aligned.data(), unaligned.data(), kFew * sizeof(float)), 0) << t.name;
    dequantise_row(t.dtype, bytes.data(), nullptr, 0);
  }
}

TEST(Dequantise, IntegersAndDoublesAreConverted) {
  const int16_t integers[] = {-32768, -1, 0, 32767};
  float out[4];
  dequantise_row(DType::kI16, std::as_bytes(std::span(integers)).data(), out, 4);
  EXPECT_EQ(out[0], -32768.0f);
  EXPECT_EQ(out[3], 32767.0f);
  const double doubles[] = {1.0 / 3.0, 1e300};
  dequantise_row(DType::kF64, std::as_bytes(std::span(doubles)).data(), out, 2);
  EXPECT_EQ(out[0], 1.0f / 3.0f);
  EXPECT_TRUE(std::isinf(out[1]));
}

// Unsigned E4M3 by its definition: 2^(e-7) (1 + m/8), subnormals m * 2^-9; half of it, because the FP4 values
// are doubled.
TEST(Dequantise, Nvfp4FollowsItsDefinition) {
  for (int bits = 0; bits < 0x7f; ++bits) {
    const int e = bits >> 3;
    const int m = bits & 7;
    const double value = e == 0 ? std::ldexp(m, -9) : std::ldexp(1.0 + m / 8.0, e - 7);
    EXPECT_EQ(static_cast<double>(ue4m3_half_to_f32(static_cast<uint8_t>(bits))), value / 2) << bits;
  }
  EXPECT_EQ(ue4m3_half_to_f32(0x7f), 0.0f);

  BlockNVFP4 block{};
  const uint8_t scales[4] = {0x38, 0x40, 0x30, 0x01};  // 1, 2, 1/2, 2^-9
  std::memcpy(block.scales, scales, sizeof scales);
  for (int i = 0; i < 32; ++i) block.quants[i] = static_cast<uint8_t>((i % 16) | ((15 - i % 16) << 4));
  float out[64];
  dequantise_row(DType::kNVFP4, std::as_bytes(std::span(&block, 1)).data(), out, 64);
  const float fp4[16] = {0, .5f, 1, 1.5f, 2, 3, 4, 6, -0.0f, -.5f, -1, -1.5f, -2, -3, -4, -6};
  const float unit[4] = {1.0f, 2.0f, 0.5f, 0x1p-9f};
  for (int group = 0; group < 4; ++group) {
    for (int i = 0; i < 8; ++i) {
      const int low = (8 * group + i) % 16;
      EXPECT_EQ(out[16 * group + i], fp4[low] * unit[group]);
      EXPECT_EQ(out[16 * group + 8 + i], fp4[15 - low] * unit[group]);
    }
  }
}

TEST(Dequantise, E8m0IsExactDownToTheSubnormals) {
  for (int e = 0; e < 255; ++e) {
    EXPECT_EQ(static_cast<double>(e8m0_half_to_f32(static_cast<uint8_t>(e))), std::ldexp(1.0, e - 128)) << e;
  }
}

TEST(IqGrids, EntriesAreDistinctAndTheSignsEven) {
  const auto distinct = [](const auto& grid) {
    std::map<std::remove_cvref_t<decltype(grid[0])>, int> seen;
    for (const auto& entry : grid) ++seen[entry];
    return seen.size() == grid.size();
  };
  EXPECT_TRUE(distinct(kIq1Grid));
  EXPECT_TRUE(distinct(kIq2XxsGrid));
  EXPECT_TRUE(distinct(kIq2XsGrid));
  EXPECT_TRUE(distinct(kIq2SGrid));
  EXPECT_TRUE(distinct(kIq3XxsGrid));
  EXPECT_TRUE(distinct(kIq3SGrid));
  for (uint32_t stored = 0; stored < 256; ++stored) EXPECT_EQ(std::popcount(even_signs(stored)) % 2, 0);
}

}  // namespace
}  // namespace nagare
