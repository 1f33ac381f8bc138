// Each small sampler against its plain definition, on random logits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "output/sampler/steps.h"

namespace nagare {
namespace {

constexpr int64_t kVocabulary = 700;

struct Plain {
  int32_t token;
  double logit;
  double probability;
};

// All tokens by likelihood with their probabilities, by the definitions alone.
std::vector<Plain> plain_distribution(const std::vector<float>& logits) {
  std::vector<Plain> all;
  all.reserve(logits.size());
  double sum = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    all.push_back({static_cast<int32_t>(i), logits[i], std::exp(static_cast<double>(logits[i]))});
    sum += all.back().probability;
  }
  for (Plain& plain : all) plain.probability /= sum;
  std::ranges::stable_sort(all, [](const Plain& a, const Plain& b) { return a.logit > b.logit; });
  return all;
}

std::vector<float> random_logits(std::mt19937& engine, float spread) {
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> logits(kVocabulary);
  for (float& logit : logits) logit = normal(engine);
  return logits;
}

std::set<int32_t> tokens_of(const TokenCandidates& candidates) {
  std::set<int32_t> tokens;
  for (size_t i = 0; i < candidates.size(); ++i) tokens.insert(candidates[i].token);
  return tokens;
}

std::set<int32_t> first_tokens(const std::vector<Plain>& all, size_t count) {
  std::set<int32_t> tokens;
  for (size_t i = 0; i < std::min(count, all.size()); ++i) tokens.insert(all[i].token);
  return tokens;
}

size_t count_to_reach(const std::vector<Plain>& all, double mass) {
  double sum = 0;
  size_t count = 0;
  while (count < all.size() && (count == 0 || sum < mass)) sum += all[count++].probability;
  return count;
}

using Make = std::function<std::unique_ptr<CutStep>(const SamplerOptions&)>;
using Expected = std::function<std::set<int32_t>(const std::vector<Plain>&)>;

void expect_cut(const Make& make, const SamplerOptions& options, const Expected& expected) {
  std::mt19937 engine(11);
  Random random(1);
  TokenCandidates candidates(kVocabulary);
  const auto step = make(options);
  ASSERT_NE(step, nullptr);
  for (int trial = 0; trial < 60; ++trial) {
    const auto logits = random_logits(engine, 0.5f + 0.1f * static_cast<float>(trial));
    candidates.fill(logits.data(), kVocabulary, nullptr);
    // Some of the time after another step has sorted a part.
    if (trial % 3 == 0) candidates.sort_first(static_cast<size_t>(trial));
    step->apply(candidates, random);
    EXPECT_EQ(tokens_of(candidates), expected(plain_distribution(logits))) << "trial " << trial;
  }
}

TEST(SamplerSteps, TopKKeepsTheKLikeliest) {
  for (const int32_t k : {1, 2, 40, 699, 700, 5000}) {
    expect_cut(make_top_k, {.top_k = k},
               [&](const auto& all) { return first_tokens(all, static_cast<size_t>(k)); });
  }
}

TEST(SamplerSteps, TopPKeepsTheSmallestSetThatReachesP) {
  for (const float p : {0.0f, 0.1f, 0.5f, 0.95f, 0.999f}) {
    expect_cut(make_top_p, {.top_p = p}, [&](const auto& all) {
      return first_tokens(all, count_to_reach(all, static_cast<double>(p)));
    });
  }
}

TEST(SamplerSteps, MinPKeepsWhatHasThatShareOfTheBest) {
  for (const float p : {0.001f, 0.05f, 0.5f, 1.0f}) {
    expect_cut(make_min_p, {.min_p = p}, [&](const auto& all) {
      const auto kept = std::ranges::count_if(all, [&](const Plain& plain) {
        return plain.probability >= static_cast<double>(p) * all[0].probability * (1 - 1e-9);
      });
      return first_tokens(all, static_cast<size_t>(kept));
    });
  }
}

TEST(SamplerSteps, TypicalKeepsWhatIsNearestToTheExpectedSurprise) {
  for (const float p : {0.05f, 0.5f, 0.9f}) {
    expect_cut(make_typical, {.typical_p = p}, [&](auto all) {
      double entropy = 0;
      for (const Plain& plain : all) entropy -= plain.probability * std::log(plain.probability);
      std::ranges::stable_sort(all, [&](const Plain& a, const Plain& b) {
        return std::abs(-std::log(a.probability) - entropy) < std::abs(-std::log(b.probability) - entropy);
      });
      return first_tokens(all, count_to_reach(all, static_cast<double>(p)));
    });
  }
}

TEST(SamplerSteps, XtcLeavesTheLeastLikelyOfTheTopChoices) {
  for (const float threshold : {0.001f, 0.01f, 0.1f, 0.5f}) {
    expect_cut(make_xtc, {.xtc_probability = 1.0f, .xtc_threshold = threshold}, [&](const auto& all) {
      const auto top = std::ranges::count_if(
          all, [&](const Plain& plain) { return plain.probability >= static_cast<double>(threshold); });
      const auto gone = first_tokens(all, top < 2 ? 0 : static_cast<size_t>(top - 1));
      std::set<int32_t> kept;
      for (const Plain& plain : all) {
        if (!gone.contains(plain.token)) kept.insert(plain.token);
      }
      return kept;
    });
  }
}

TEST(SamplerSteps, XtcCutsAsOftenAsItsProbabilitySays) {
  const std::vector<float> logits{1, 1, 1, 0};
  const auto step = make_xtc({.xtc_probability = 0.3f, .xtc_threshold = 0.2f});
  Random random(5);
  TokenCandidates candidates(4);
  int cuts = 0;
  for (int i = 0; i < 20000; ++i) {
    candidates.fill(logits.data(), 4, nullptr);
    step->apply(candidates, random);
    if (candidates.size() == 2) ++cuts;
  }
  EXPECT_NEAR(cuts / 20000.0, 0.3, 0.01);
}

TEST(SamplerSteps, TemperatureScalesTheLogits) {
  std::mt19937 engine(3);
  Random random(1);
  TokenCandidates candidates(kVocabulary);
  const auto step = make_temperature({.temperature = 0.6f});
  const auto logits = random_logits(engine, 3);
  candidates.fill(logits.data(), kVocabulary, nullptr);
  step->apply(candidates, random);
  candidates.normalise();
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) / 0.6);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const double logit = logits[static_cast<size_t>(candidates[i].token)];
    EXPECT_NEAR(candidates[i].probability, std::exp(logit / 0.6) / sum, 1e-6);
  }
}

TEST(SamplerSteps, CandidatesAreSortedOnlyAsFarAsAsked) {
  std::mt19937 engine(4);
  TokenCandidates candidates(kVocabulary);
  for (int trial = 0; trial < 20; ++trial) {
    auto logits = random_logits(engine, 2);
    for (float& logit : logits) logit = std::round(logit);  // many equal ones
    candidates.fill(logits.data(), kVocabulary, nullptr);
    const auto all = plain_distribution(logits);
    for (const size_t count : {size_t{1}, size_t{7}, size_t{300}, size_t{9999}}) {
      candidates.sort_first(count);
      for (size_t i = 0; i < std::min(count, all.size()); ++i) ASSERT_EQ(candidates[i].token, all[i].token);
    }
  }
}

// Numbers with many ties, a few infinite ones and NaN.
std::vector<float> hostile_logits(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> logits(count);
  for (float& logit : logits) {
    const auto kind = random() % 200;
    logit = static_cast<float>(random() % 1000) * 0.01f - 5.0f;
    if (kind == 0) logit = std::numeric_limits<float>::quiet_NaN();
    if (kind == 1) logit = std::numeric_limits<float>::infinity();
    if (kind == 2) logit = -std::numeric_limits<float>::infinity();
  }
  return logits;
}

TEST(SamplerSteps, FillingWithTheLikeliestIsFillingAndCutting) {
  for (const int64_t count : {1, 63, 64, 65, 1000, 10007}) {
    const std::vector<float> logits =
        hostile_logits(static_cast<size_t>(count), 5 + static_cast<uint32_t>(count));
    TokenMask mask(count);
    for (int32_t token = 0; token < count; token += 3) mask.allow(token);
    for (const TokenMask* allowed :
         {static_cast<const TokenMask*>(nullptr), static_cast<const TokenMask*>(&mask)}) {
      for (const size_t most : {1, 2, 40, 333, 2500, 20000}) {
        TokenCandidates all(count);
        all.fill(logits.data(), count, allowed);
        all.sort_first(most);
        all.keep_first(most);
        TokenCandidates few(count);
        few.fill(logits.data(), count, allowed, most);
        few.sort_first(most);
        ASSERT_EQ(few.size(), all.size()) << count << " " << most;
        for (size_t i = 0; i < all.size(); ++i) {
          ASSERT_EQ(few[i].token, all[i].token) << count << " " << most << " " << i;
          ASSERT_EQ(few[i].logit, all[i].logit);
        }
      }
    }
  }
}

TEST(SamplerSteps, PenaltiesCountWithinTheWindow) {
  const SamplerOptions options{.repetition_window = 9,
                               .repetition_penalty = 1.3f,
                               .presence_penalty = 0.25f,
                               .frequency_penalty = 0.5f};
  const auto step = make_penalties(options, 20);
  std::mt19937 engine(8);
  std::vector<int32_t> history;
  for (int round = 0; round < 300; ++round) {
    history.push_back(static_cast<int32_t>(engine() % 20));
    step->accept(history.back());
    std::vector<float> logits(20);
    for (float& logit : logits) logit = static_cast<float>(engine() % 100) / 10 - 5;
    auto expected = logits;
    const auto window = std::span(history).last(std::min<size_t>(history.size(), 9));
    for (int32_t token = 0; token < 20; ++token) {
      const auto count = std::ranges::count(window, token);
      if (count == 0) continue;
      float& logit = expected[static_cast<size_t>(token)];
      logit = logit > 0 ? logit / 1.3f : logit * 1.3f;
      logit -= 0.25f + 0.5f * static_cast<float>(count);
    }
    step->apply(logits.data());
    ASSERT_EQ(logits, expected) << "round " << round;
  }
}

// By the definition: for every earlier place, the longest run that ended there as the window ends now.
std::map<int32_t, int32_t> plain_dry(std::span<const int32_t> window, const std::set<int32_t>& breakers) {
  std::map<int32_t, int32_t> longest;
  const auto count = static_cast<int32_t>(window.size());
  for (int32_t end = 0; end + 1 < count; ++end) {
    int32_t length = 0;
    while (length <= end &&
           window[static_cast<size_t>(end - length)] == window[static_cast<size_t>(count - 1 - length)] &&
           !breakers.contains(window[static_cast<size_t>(end - length)])) {
      ++length;
    }
    int32_t& most = longest[window[static_cast<size_t>(end) + 1]];
    most = std::max(most, length);
  }
  return longest;
}

TEST(SamplerSteps, DryFindsTheLongestRepeatedRuns) {
  const SamplerOptions options{.dry_multiplier = 0.8f,
                               .dry_base = 1.5f,
                               .dry_allowed_length = 2,
                               .dry_window = 40,
                               .dry_breakers = {3}};
  const auto step = make_dry(options, 4);
  std::mt19937 engine(9);
  std::vector<int32_t> history;
  int penalised = 0;
  for (int round = 0; round < 500; ++round) {
    history.push_back(engine() % 12 == 0 ? 3 : static_cast<int32_t>(engine() % 3));
    step->accept(history.back());
    std::vector<float> logits(4, 10.0f);
    step->apply(logits.data());
    const auto window = std::span(history).last(std::min<size_t>(history.size(), 40));
    std::vector<float> expected(4, 10.0f);
    for (const auto& [token, length] : plain_dry(window, {3})) {
      if (length < 2) continue;
      ++penalised;
      expected[static_cast<size_t>(token)] -=
          std::min(0.8f * std::pow(1.5f, static_cast<float>(length - 2)), 1e6f);
    }
    ASSERT_EQ(logits, expected) << "round " << round;
  }
  EXPECT_GT(penalised, 100);
}

TEST(SamplerSteps, LogitBiasAddsAndForbids) {
  const auto step = make_logit_bias({.bias = {{1, 2.5f}, {2, -100.0f}, {99, 1.0f}, {-1, 1.0f}}}, 4);
  std::vector<float> logits{0, 1, 1000, 3};
  step->apply(logits.data());
  EXPECT_EQ(logits, (std::vector<float>{0, 3.5f, -std::numeric_limits<float>::infinity(), 3}));
}

// Zipf's law with exponent 1.2, as words follow it.
std::vector<float> zipf_logits() {
  std::vector<float> logits(kVocabulary);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = -1.2f * std::log(static_cast<float>(i + 1));
  return logits;
}

TEST(SamplerSteps, MirostatHoldsTheSurpriseNearTau) {
  const auto logits = zipf_logits();
  const auto all = plain_distribution(logits);
  for (const int32_t version : {1, 2}) {
    for (const float tau : {2.0f, 3.5f}) {
      const auto step = make_mirostat({.mirostat = version, .mirostat_tau = tau, .mirostat_eta = 0.1f});
      Random random(6);
      TokenCandidates candidates(kVocabulary);
      double bits = 0;
      for (int i = 0; i < 4000; ++i) {
        candidates.fill(logits.data(), kVocabulary, nullptr);
        const int32_t token = candidates[step->pick(candidates, random)].token;
        bits -= std::log2(all[static_cast<size_t>(token)].probability);
      }
      EXPECT_NEAR(bits / 4000, tau, 0.15) << "version " << version;
    }
  }
}

TEST(SamplerSteps, MirostatTwoFollowsItsDefinition) {
  const auto logits = zipf_logits();
  const auto all = plain_distribution(logits);
  const auto step = make_mirostat({.mirostat = 2, .mirostat_tau = 3, .mirostat_eta = 0.2f});
  Random random(7);
  Random same(7);
  TokenCandidates candidates(kVocabulary);
  double mu = 6;
  for (int i = 0; i < 200; ++i) {
    candidates.fill(logits.data(), kVocabulary, nullptr);
    const int32_t token = candidates[step->pick(candidates, random)].token;
    double sum = 0;
    size_t kept = 0;
    while (kept < all.size() && (kept == 0 || -std::log2(all[kept].probability) <= mu)) {
      sum += all[kept++].probability;
    }
    double left = same.uniform() * sum;
    size_t expected = 0;
    while (expected + 1 < kept && (left -= all[expected].probability) >= 0) ++expected;
    ASSERT_EQ(token, all[expected].token) << "draw " << i;
    mu -= 0.2 * (-std::log2(all[expected].probability) - 3);
  }
}

}  // namespace
}  // namespace nagare
