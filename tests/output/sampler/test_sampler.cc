#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "output/sampler/sampler.h"

namespace nagare {
namespace {

constexpr std::array<float, 6> kLogits{1.0f, 3.0f, 2.0f, 3.0f, -1.0f, 0.0f};

std::array<int, 6> histogram(const SamplerOptions& options, int draws) {
  Sampler sampler(options, kLogits.size());
  std::array<int, 6> counts{};
  for (int i = 0; i < draws; ++i) ++counts[static_cast<size_t>(sampler.sample(kLogits.data()))];
  return counts;
}

TEST(Sampler, GreedyTakesTheFirstOfTheBest) {
  Sampler sampler({.temperature = 0}, kLogits.size());
  EXPECT_EQ(sampler.sample(kLogits.data()), 1);
}

TEST(Sampler, TheSameSeedGivesTheSameTokens) {
  const SamplerOptions options{.temperature = 1.5f, .seed = 7};
  Sampler a(options, kLogits.size());
  Sampler b(options, kLogits.size());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.sample(kLogits.data()), b.sample(kLogits.data()));
}

TEST(Sampler, ProbabilitiesFollowTheTemperature) {
  const auto counts = histogram({.temperature = 2.0f, .top_k = 0, .top_p = 1, .min_p = 0, .seed = 3}, 200000);
  double sum = 0;
  for (const float logit : kLogits) sum += std::exp(logit / 2);
  for (size_t i = 0; i < kLogits.size(); ++i) {
    EXPECT_NEAR(counts[i] / 200000.0, std::exp(kLogits[i] / 2) / sum, 0.005) << i;
  }
}

TEST(Sampler, TopKTopPAndMinPCutTheTail) {
  const auto top_k = histogram({.temperature = 5, .top_k = 2, .top_p = 1, .min_p = 0}, 2000);
  EXPECT_GT(top_k[1], 0);
  EXPECT_GT(top_k[3], 0);
  EXPECT_EQ(top_k[2] + top_k[0] + top_k[4] + top_k[5], 0);
  // p(1) = p(3) = 0.40, p(2) = 0.15: the first two reach 0.7.
  const auto top_p = histogram({.temperature = 1, .top_k = 0, .top_p = 0.7f, .min_p = 0}, 2000);
  EXPECT_EQ(top_p[2], 0);
  EXPECT_GT(top_p[3], 0);
  const auto min_p = histogram({.temperature = 1, .top_k = 0, .top_p = 1, .min_p = 0.3f}, 2000);
  EXPECT_GT(min_p[2], 0);  // e^-1 = 0.37 of the best
  EXPECT_EQ(min_p[0], 0);  // e^-2
}

TEST(Sampler, RepeatedTokensAreHeldDownWithinTheWindow) {
  Sampler sampler({.temperature = 0, .repetition_penalty = 2.0f, .repetition_window = 2}, kLogits.size());
  sampler.accept(1);
  EXPECT_EQ(sampler.sample(kLogits.data()), 3);
  sampler.accept(3);
  EXPECT_EQ(sampler.sample(kLogits.data()), 2);
  sampler.accept(2);
  EXPECT_EQ(sampler.sample(kLogits.data()), 1);  // 1 has left the window
}

TEST(Sampler, NanLogitsAreNeverDrawn) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::array<float, 3> logits{nan, 0.0f, nan};
  Sampler sampler({.temperature = 1}, 3);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sampler.sample(logits.data()), 1);
}

TEST(Sampler, OptionsOutOfRangeNameTheOption) {
  EXPECT_NE(check({.temperature = -1}).error().message.find("temperature"), std::string::npos);
  EXPECT_FALSE(check({.temperature = std::numeric_limits<float>::quiet_NaN()}));
  EXPECT_FALSE(check({.top_k = -1}));
  EXPECT_FALSE(check({.top_p = 1.5f}));
  EXPECT_TRUE(check({}));
}

}  // namespace
}  // namespace nagare
