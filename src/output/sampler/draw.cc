// The draw: one of the candidates by its probability, with the seed's random numbers.
#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Draw : public PickStep {
 public:
  explicit Draw(uint64_t seed) : seed_(seed) {}
  size_t pick(TokenCandidates& candidates, Random& random) override {
    candidates.normalise();
    return candidates.draw(random);
  }
  std::string describe() const override { return fmt::format("seed {}", seed_); }

 private:
  uint64_t seed_;
};

}  // namespace

std::unique_ptr<PickStep> make_draw(const SamplerOptions& options) {
  return std::make_unique<Draw>(options.seed);
}

}  // namespace nagare
