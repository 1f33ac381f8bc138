// From logits to the next token: a chain of small samplers (steps.h), in this order:
//
//   logit bias → penalties (repetition, presence, frequency) → DRY → (temperature 0: the best token, done)
//   → top-k → temperature → typical → top-p → min-p → XTC → a draw with the seed's random numbers
//
// SamplerOptions::cuts gives another order for those from top-k to XTC. Mirostat stands for the draw and for
// all of these but temperature. Each works on what the one before it left.
//
// One Sampler per answer: it remembers what was said and where its random numbers are. The same options and
// logits give the same tokens. After construction, nothing allocates.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "output/sampler/candidates.h"
#include "output/sampler/sampler_options.h"
#include "output/sampler/steps.h"
#include "output/sampler/token_mask.h"

namespace nagare {

class Sampler {
 public:
  Sampler(const SamplerOptions& options, int64_t vocabulary_size);

  // The next token for these logits [vocabulary_size], one of those that `allowed` (may be null) allows. Does
  // not remember it: accept() does.
  int32_t sample(const float* logits, const TokenMask* allowed = nullptr);
  // Tokens that the penalties should know of: the prompt's and each one that was taken.
  void accept(int32_t token);

  // "penalties repetition 1.10 (last 64) → top-k 40 → temperature 0.80 → …": for --verbose.
  std::string describe() const;

 private:
  int32_t best_token(const float* logits, const TokenMask* allowed) const;

  std::vector<std::unique_ptr<LogitStep>> logit_steps_;
  std::vector<std::unique_ptr<CutStep>> cuts_;
  std::unique_ptr<PickStep> pick_;  // null: the best token
  Random random_;
  TokenCandidates candidates_;
  std::vector<float> changed_logits_;  // where there are logit steps
  int64_t vocabulary_size_;
};

}  // namespace nagare
