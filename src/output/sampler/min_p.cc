// Min-p (Nguyen et al., 2024): tokens at least min-p times as likely as the likeliest. In logits that is a
// threshold, so nothing is sorted.
#include <cmath>

#include "output/sampler/steps.h"

namespace nagare {
namespace {

class MinP : public CutStep {
 public:
  explicit MinP(float p) : p_(p), log_p_(std::log(p)) {}
  void apply(TokenCandidates& candidates, Random& /*random*/) override {
    const float least = candidates.best_logit() + log_p_;
    candidates.keep_if([&](const TokenCandidate& candidate) { return candidate.logit >= least; });
  }
  std::string describe() const override { return fmt::format("min-p {:.2f}", p_); }

 private:
  float p_, log_p_;
};

}  // namespace

std::unique_ptr<CutStep> make_min_p(const SamplerOptions& options) {
  if (options.min_p == 0.0f) return nullptr;
  return std::make_unique<MinP>(options.min_p);
}

}  // namespace nagare
