// Mirostat (Basu et al., 2021): holds the surprise of what is drawn, in bits, near tau. After each draw the
// bound mu moves by eta × (surprise - tau). Version 1 estimates from the 100 likeliest tokens how steep the
// distribution is (Zipf's exponent) and keeps the k tokens that this gives for mu; version 2 keeps the tokens
// whose surprise is at most mu.
#include <algorithm>
#include <cmath>

#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Mirostat : public PickStep {
 public:
  explicit Mirostat(const SamplerOptions& options)
      : version_(options.mirostat),
        tau_(options.mirostat_tau),
        eta_(options.mirostat_eta),
        seed_(options.seed),
        mu_(2 * tau_) {}

  size_t pick(TokenCandidates& candidates, Random& random) override {
    candidates.normalise();
    if (version_ == 1) {
      keep_by_exponent(candidates);
    } else {
      keep_by_surprise(candidates);
    }
    // Its surprise is that of the distribution before the cut, as in the paper.
    candidates.for_each([](TokenCandidate& candidate) { candidate.key = candidate.probability; });
    candidates.normalise();
    const size_t picked = candidates.draw(random);
    const float surprise = -std::log2(std::max(candidates[picked].key, 1e-30f));
    mu_ = std::clamp(mu_ - eta_ * (surprise - tau_), 0.0f, kMostBits);
    return picked;
  }

  std::string describe() const override {
    return fmt::format("mirostat v{} tau {:.2f} eta {:.2f} → seed {}", version_, tau_, eta_, seed_);
  }

 private:
  static constexpr float kMostBits = 256;
  static constexpr size_t kObserved = 100;

  void keep_by_exponent(TokenCandidates& candidates) const {
    candidates.sort_first(kObserved);
    float products = 0;
    float squares = 0;
    for (size_t i = 0; i + 1 < std::min(kObserved, candidates.size()); ++i) {
      const float rank = std::log(static_cast<float>(i + 2) / static_cast<float>(i + 1));
      const float drop = candidates[i].logit - candidates[i + 1].logit;
      products += rank * drop;
      squares += rank * rank;
    }
    if (squares == 0) return;
    const float exponent = products / squares;
    const float excess = exponent - 1;
    const auto count = static_cast<float>(candidates.size());
    // (excess × 2^mu / (1 - n^-excess))^(1 / exponent), with its limit where the exponent is 1.
    const float share =
        std::abs(excess) < 1e-4f ? 1 / std::log(count) : excess / (1 - std::pow(count, -excess));
    const float k = std::pow(share * std::exp2(mu_), 1 / std::max(exponent, 1e-3f));
    const size_t kept = k < count ? static_cast<size_t>(std::max(std::round(k), 1.0f)) : candidates.size();
    candidates.sort_first(kept);
    candidates.keep_first(kept);
  }

  void keep_by_surprise(TokenCandidates& candidates) const {
    candidates.sort_first(1);
    const float least = std::min(std::exp2(-mu_), candidates[0].probability);
    candidates.keep_if([&](const TokenCandidate& candidate) { return candidate.probability >= least; });
  }

  int32_t version_;
  float tau_, eta_;
  uint64_t seed_;
  float mu_;  // bits
};

}  // namespace

std::unique_ptr<PickStep> make_mirostat(const SamplerOptions& options) {
  if (options.mirostat == 0) return nullptr;
  return std::make_unique<Mirostat>(options);
}

}  // namespace nagare
