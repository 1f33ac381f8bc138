#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

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

TEST(Sampler, GreedyFindsTheBestOfManyWhereverItIs) {
  constexpr size_t kCount = 2003;
  for (size_t best = 0; best < kCount; best += 7) {
    std::vector<float> logits(kCount, -1.0f);
    for (size_t i = 0; i < kCount; i += 5) logits[i] = std::numeric_limits<float>::quiet_NaN();
    logits[best] = 2.0f;
    logits[kCount - 1] = 2.0f;  // as good, but later
    Sampler sampler({.temperature = 0}, kCount);
    EXPECT_EQ(sampler.sample(logits.data()), static_cast<int32_t>(best));
  }
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
  Sampler sampler({.temperature = 0, .repetition_window = 2, .repetition_penalty = 2.0f}, kLogits.size());
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

TEST(Sampler, OnlyAllowedTokensCome) {
  TokenMask allowed(kLogits.size());
  allowed.allow(4);
  allowed.allow(5);
  Sampler greedy({.temperature = 0}, kLogits.size());
  EXPECT_EQ(greedy.sample(kLogits.data(), &allowed), 5);
  Sampler sampler({.temperature = 1, .min_p = 0, .seed = 2}, kLogits.size());
  std::array<int, 6> counts{};
  for (int i = 0; i < 500; ++i) {
    ++counts[static_cast<size_t>(sampler.sample(kLogits.data(), &allowed))];
  }
  EXPECT_GT(counts[4], 0);
  EXPECT_EQ(counts[4] + counts[5], 500);
}

TEST(Sampler, ForbiddenAndInfiniteLogitsGiveATokenAllTheSame) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::array<float, 3> logits{-infinity, infinity, 0.0f};
  Sampler sampler({.temperature = 1, .bias = {{1, -100.0f}, {2, -100.0f}}}, 3);
  const int32_t token = sampler.sample(logits.data());
  EXPECT_TRUE(token >= 0 && token < 3);
  Sampler plain({.temperature = 0.5f}, 3);
  EXPECT_EQ(plain.sample(logits.data()), 1);
}

TEST(Sampler, TheChainIsDescribedInItsOrder) {
  const SamplerOptions options{.temperature = 0.7f, .presence_penalty = 0.5f, .bias = {{1, 1.0f}}, .seed = 4};
  EXPECT_EQ(
      Sampler(options, 6).describe(),
      "logit-bias 1 tokens → penalties presence 0.50 (last 64) → top-k 40 → temperature 0.70 → top-p 0.95 "
      "→ min-p 0.05 → seed 4");
  EXPECT_EQ(Sampler({.temperature = 0}, 6).describe(), "greedy");
  EXPECT_EQ(Sampler({.mirostat = 2}, 6).describe(),
            "temperature 0.80 → mirostat v2 tau 5.00 eta 0.10 → seed 0");
}

TEST(Sampler, TheOrderOfTheCutsCanBeChosen) {
  const auto cuts = parse_cuts("min-p,top-k");
  ASSERT_TRUE(cuts);
  EXPECT_EQ(Sampler({.cuts = *cuts}, 6).describe(), "min-p 0.05 → top-k 40 → seed 0");
  EXPECT_NE(parse_cuts("top-k,top-q").error().message.find("'top-q'"), std::string::npos);
  EXPECT_NE(parse_cuts("top-k,top-k").error().message.find("twice"), std::string::npos);
  EXPECT_FALSE(parse_cuts(""));
  EXPECT_FALSE(parse_cuts("top-k,"));
}

TEST(Sampler, OptionsOutOfRangeNameTheOption) {
  EXPECT_NE(check({.temperature = -1}).error().message.find("temperature"), std::string::npos);
  EXPECT_FALSE(check({.temperature = std::numeric_limits<float>::quiet_NaN()}));
  EXPECT_FALSE(check({.top_k = -1}));
  EXPECT_FALSE(check({.top_p = 1.5f}));
  EXPECT_TRUE(check({}));
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const auto names = [](const SamplerOptions& options, std::string_view option) {
    const auto status = check(options);
    return !status && status.error().kind == ErrorKind::kBadInput &&
           status.error().message.starts_with(option);
  };
  EXPECT_TRUE(names({.typical_p = -0.1f}, "typical"));
  EXPECT_TRUE(names({.xtc_probability = kNan}, "xtc probability"));
  EXPECT_TRUE(names({.xtc_threshold = 2.0f}, "xtc threshold"));
  EXPECT_TRUE(names({.repetition_window = -1}, "penalty window"));
  EXPECT_TRUE(names({.repetition_penalty = 0.0f}, "repetition penalty"));
  EXPECT_TRUE(names({.presence_penalty = 1e30f}, "presence penalty"));
  EXPECT_TRUE(names({.frequency_penalty = kNan}, "frequency penalty"));
  EXPECT_TRUE(names({.dry_multiplier = -1.0f}, "dry multiplier"));
  EXPECT_TRUE(names({.dry_base = 0.5f}, "dry base"));
  EXPECT_TRUE(names({.dry_allowed_length = 0}, "dry allowed length"));
  EXPECT_TRUE(names({.dry_window = 1 << 30}, "dry window"));
  EXPECT_TRUE(names({.mirostat = 3}, "mirostat"));
  EXPECT_TRUE(names({.mirostat_tau = kNan}, "mirostat tau"));
  EXPECT_TRUE(names({.mirostat_eta = -1.0f}, "mirostat eta"));
  EXPECT_TRUE(names({.bias = {{7, 101.0f}}}, "logit bias of token 7"));
}

}  // namespace
}  // namespace nagare
