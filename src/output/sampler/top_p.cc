// Top-p, or nucleus sampling (Holtzman et al., 2020): the likeliest tokens that together reach p.
#include "output/sampler/steps.h"

namespace nagare {
namespace {

class TopP : public CutStep {
 public:
  explicit TopP(float p) : p_(p) {}
  void apply(TokenCandidates& candidates, Random& /*random*/) override {
    candidates.normalise();
    candidates.keep_first(candidates.count_to_reach(static_cast<double>(p_),
                                                    [&](size_t count) { candidates.sort_first(count); }));
  }
  std::string describe() const override { return fmt::format("top-p {:.2f}", p_); }

 private:
  float p_;
};

}  // namespace

std::unique_ptr<CutStep> make_top_p(const SamplerOptions& options) {
  if (options.top_p == 1.0f) return nullptr;
  return std::make_unique<TopP>(options.top_p);
}

}  // namespace nagare
