// Logit bias: a number added to the logits of single tokens; -100 forbids one.
#include <limits>

#include "output/sampler/steps.h"

namespace nagare {
namespace {

constexpr float kForbids = -100.0f;

class LogitBias : public LogitStep {
 public:
  explicit LogitBias(std::vector<TokenBias> bias) : bias_(std::move(bias)) {}
  void apply(float* logits) override {
    for (const TokenBias& bias : bias_) {
      float& logit = logits[bias.token];
      logit = bias.bias == kForbids ? -std::numeric_limits<float>::infinity() : logit + bias.bias;
    }
  }
  std::string describe() const override { return fmt::format("logit-bias {} tokens", bias_.size()); }

 private:
  std::vector<TokenBias> bias_;
};

}  // namespace

std::unique_ptr<LogitStep> make_logit_bias(const SamplerOptions& options, int64_t vocabulary_size) {
  std::vector<TokenBias> bias = options.bias;
  std::erase_if(bias, [&](const TokenBias& b) { return b.token < 0 || b.token >= vocabulary_size; });
  if (bias.empty()) return nullptr;
  return std::make_unique<LogitBias>(std::move(bias));
}

}  // namespace nagare
