// XTC, "exclude top choices": with a given probability, of all tokens that reach the threshold only the least
// likely one stays.
#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Xtc : public CutStep {
 public:
  Xtc(float probability, float threshold) : probability_(probability), threshold_(threshold) {}
  void apply(TokenCandidates& candidates, Random& random) override {
    // Drawn in any case, so that the later random numbers do not depend on the logits.
    if (random.uniform() >= static_cast<double>(probability_)) return;
    candidates.normalise();
    size_t top_choices = 0;
    candidates.for_each([&](const TokenCandidate& c) { top_choices += c.probability >= threshold_ ? 1 : 0; });
    if (top_choices < 2) return;
    candidates.sort_first(top_choices);
    candidates.drop_first(top_choices - 1);
  }
  std::string describe() const override {
    return fmt::format("xtc {:.2f} from {:.2f}", probability_, threshold_);
  }

 private:
  float probability_, threshold_;
};

}  // namespace

std::unique_ptr<CutStep> make_xtc(const SamplerOptions& options) {
  if (options.xtc_probability == 0.0f) return nullptr;
  return std::make_unique<Xtc>(options.xtc_probability, options.xtc_threshold);
}

}  // namespace nagare
