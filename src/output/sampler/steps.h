// The small samplers that a chain is made of, one file each. A make_ function gives null where the options
// leave its sampler out. To add one: its options, a make_ here, its file, its place in sampler.cc.
#pragma once

#include <memory>
#include <string>

#include "output/sampler/candidates.h"
#include "output/sampler/sampler_options.h"

namespace nagare {

class SamplerStep {
 public:
  virtual ~SamplerStep() = default;
  SamplerStep(const SamplerStep&) = delete;
  SamplerStep& operator=(const SamplerStep&) = delete;
  // "top-k 40": its place in what describe() prints.
  virtual std::string describe() const = 0;

 protected:
  SamplerStep() = default;
};

// Changes single logits [vocabulary_size] by what was said before.
class LogitStep : public SamplerStep {
 public:
  virtual void apply(float* logits) = 0;
  virtual void accept(int32_t /*token*/) {}
};

// Leaves out candidates or changes how likely they are.
class CutStep : public SamplerStep {
 public:
  virtual void apply(TokenCandidates& candidates, Random& random) = 0;
  // How many of the likeliest candidates it needs where it comes first in the chain.
  virtual size_t most_needed() const { return TokenCandidates::kAll; }
};

// Takes one of the candidates, as an index.
class PickStep : public SamplerStep {
 public:
  virtual size_t pick(TokenCandidates& candidates, Random& random) = 0;
};

std::unique_ptr<LogitStep> make_logit_bias(const SamplerOptions& options, int64_t vocabulary_size);
std::unique_ptr<LogitStep> make_penalties(const SamplerOptions& options, int64_t vocabulary_size);
std::unique_ptr<LogitStep> make_dry(const SamplerOptions& options, int64_t vocabulary_size);

std::unique_ptr<CutStep> make_top_k(const SamplerOptions& options);
std::unique_ptr<CutStep> make_temperature(const SamplerOptions& options);
std::unique_ptr<CutStep> make_typical(const SamplerOptions& options);
std::unique_ptr<CutStep> make_top_p(const SamplerOptions& options);
std::unique_ptr<CutStep> make_min_p(const SamplerOptions& options);
std::unique_ptr<CutStep> make_xtc(const SamplerOptions& options);

std::unique_ptr<PickStep> make_draw(const SamplerOptions& options);
std::unique_ptr<PickStep> make_mirostat(const SamplerOptions& options);

}  // namespace nagare
