// Temperature: logits are divided by it; above 1 the unlikely gain.
#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Temperature : public CutStep {
 public:
  explicit Temperature(float temperature) : temperature_(temperature) {}
  void apply(TokenCandidates& candidates, Random& /*random*/) override {
    const float best = candidates.best_logit();
    // From the best one down, so that no quotient overflows upwards.
    candidates.for_each(
        [&](TokenCandidate& candidate) { candidate.logit = (candidate.logit - best) / temperature_; });
  }
  std::string describe() const override { return fmt::format("temperature {:.2f}", temperature_); }

 private:
  float temperature_;
};

}  // namespace

std::unique_ptr<CutStep> make_temperature(const SamplerOptions& options) {
  if (options.temperature == 1.0f) return nullptr;
  return std::make_unique<Temperature>(options.temperature);
}

}  // namespace nagare
