// Quantisation: its error on noise, its edges, and that nothing in the input can do harm.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "tensor/blocks.h"
#include "tensor/dequantise.h"
#include "tensor/quantise.h"

namespace nagare {
namespace {

std::vector<float> normal_noise(size_t count, uint64_t seed = 42) {
  std::mt19937_64 random(seed);
  std::vector<float> noise(count);
  for (float& value : noise) {
    // Box-Muller, so that every library gives the same numbers.
    const double u = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
    const double v = static_cast<double>(random() >> 11) * 0x1p-53;
    value = static_cast<float>(0.02 * std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v));
  }
  return noise;
}

std::vector<float> there_and_back(DType dtype, const std::vector<float>& values) {
  const auto elements = static_cast<int64_t>(values.size());
  std::vector<std::byte> bytes(static_cast<size_t>(row_bytes(dtype, elements)));
  quantise_row(dtype, values.data(), bytes.data(), elements);
  std::vector<float> back(values.size());
  dequantise_row(dtype, bytes.data(), back.data(), elements);
  return back;
}

double relative_rms(const std::vector<float>& exact, const std::vector<float>& rounded) {
  double error = 0.0, total = 0.0;
  for (size_t i = 0; i < exact.size(); ++i) {
    error += std::pow(static_cast<double>(rounded[i]) - static_cast<double>(exact[i]), 2);
    total += std::pow(static_cast<double>(exact[i]), 2);
  }
  return std::sqrt(error / total);
}

// What llama.cpp's reference quantisation of this very noise comes to.
TEST(Quantise, ErrorOnNormalNoiseIsAtMostTheReferences) {
  const std::pair<DType, double> cases[] = {
      {DType::kF32, 0.0},       {DType::kF16, 0.000208},  {DType::kBF16, 0.001662}, {DType::kQ8_0, 0.005356},
      {DType::kQ5_0, 0.042681}, {DType::kQ5_1, 0.037792}, {DType::kQ4_0, 0.085907}, {DType::kQ4_1, 0.078190},
      {DType::kQ4_K, 0.071375}, {DType::kQ5_K, 0.036117}, {DType::kQ6_K, 0.017759},
  };
  const std::vector<float> noise = normal_noise(256 * 2000);
  for (const auto& [dtype, bound] : cases) {
    ASSERT_TRUE(can_quantise(dtype)) << name(dtype);
    EXPECT_LE(relative_rms(noise, there_and_back(dtype, noise)), bound) << name(dtype);
  }
}

TEST(Quantise, ZerosAndConstantsSurvive) {
  for (const DTypeTraits& t : all_dtypes()) {
    if (!can_quantise(t.dtype)) continue;
    const std::vector<float> zeros(512, 0.0f);
    EXPECT_EQ(there_and_back(t.dtype, zeros), zeros) << t.name;
    for (const float constant : {1.0f, -0.75f}) {
      for (const float value : there_and_back(t.dtype, std::vector<float>(512, constant))) {
        ASSERT_NEAR(value, constant, 0.01f) << t.name;
      }
    }
  }
}

TEST(Quantise, ASingleLargeNumberKeepsItsValue) {
  for (const DTypeTraits& t : all_dtypes()) {
    if (!can_quantise(t.dtype)) continue;
    for (const float large : {100.0f, -100.0f}) {
      std::vector<float> values(512, 0.0f);
      values[77] = large;
      const std::vector<float> back = there_and_back(t.dtype, values);
      EXPECT_NEAR(back[77], large, 0.5f) << t.name;
      EXPECT_NEAR(back[400], 0.0f, 1e-6f) << t.name;
    }
  }
}

TEST(Quantise, BadNumbersSpoilTheirOwnBlockOnly) {
  constexpr float kBad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::denorm_min()};
  std::vector<float> values = normal_noise(1024);
  for (const DTypeTraits& t : all_dtypes()) {
    if (!can_quantise(t.dtype)) continue;
    const std::vector<float> sound = there_and_back(t.dtype, values);
    for (const float bad : kBad) {
      std::vector<float> spoilt = values;
      for (size_t i = 300; i < 310; ++i) spoilt[i] = bad;
      const std::vector<float> back = there_and_back(t.dtype, spoilt);
      EXPECT_EQ(std::memcmp(back.data(), sound.data(), 256 * sizeof(float)), 0) << t.name;
      EXPECT_EQ(std::memcmp(back.data() + 512, sound.data() + 512, 512 * sizeof(float)), 0) << t.name;
    }
  }
}

TEST(Quantise, TypesThatAreOnlyReadAreDenied) {
  EXPECT_FALSE(can_quantise(DType::kIQ2_XXS));
  EXPECT_FALSE(can_quantise(DType::kQ2_K));
  std::byte untouched[84] = {};
  quantise_row(DType::kQ2_K, normal_noise(256).data(), untouched, 256);
  for (const std::byte b : untouched) EXPECT_EQ(b, std::byte{0});
}

}  // namespace
}  // namespace nagare
