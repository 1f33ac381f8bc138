// Top-k: only the k likeliest tokens stay (Fan et al., 2018).
#include "output/sampler/steps.h"

namespace nagare {
namespace {

class TopK : public CutStep {
 public:
  explicit TopK(int32_t k) : k_(static_cast<size_t>(k)) {}
  void apply(TokenCandidates& candidates, Random& /*random*/) override {
    candidates.sort_first(k_);
    candidates.keep_first(k_);
  }
  size_t most_needed() const override { return k_; }
  std::string describe() const override { return fmt::format("top-k {}", k_); }

 private:
  size_t k_;
};

}  // namespace

std::unique_ptr<CutStep> make_top_k(const SamplerOptions& options) {
  if (options.top_k == 0) return nullptr;
  return std::make_unique<TopK>(options.top_k);
}

}  // namespace nagare
