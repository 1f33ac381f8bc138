// Locally typical sampling (Meister et al., 2022): the tokens whose surprise is nearest to the expected one,
// until they reach the probability p.
#include <cmath>

#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Typical : public CutStep {
 public:
  explicit Typical(float p) : p_(p) {}
  void apply(TokenCandidates& candidates, Random& /*random*/) override {
    candidates.normalise();
    double entropy = 0;
    candidates.for_each([&](const TokenCandidate& candidate) {
      const auto p = static_cast<double>(candidate.probability);
      if (p > 0) entropy -= p * std::log(p);
    });
    candidates.for_each([&](TokenCandidate& candidate) {
      const float surprise = -std::log(candidate.probability);
      candidate.key = std::abs(surprise - static_cast<float>(entropy));
    });
    candidates.keep_first(candidates.count_to_reach(
        static_cast<double>(p_), [&](size_t count) { candidates.sort_first_by_key(count); }));
  }
  std::string describe() const override { return fmt::format("typical {:.2f}", p_); }

 private:
  float p_;
};

}  // namespace

std::unique_ptr<CutStep> make_typical(const SamplerOptions& options) {
  if (options.typical_p == 1.0f) return nullptr;
  return std::make_unique<Typical>(options.typical_p);
}

}  // namespace nagare
