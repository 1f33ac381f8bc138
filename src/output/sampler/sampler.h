// From logits to the next token. The chain, in this order: repetition penalty, (temperature 0: the best
// token, done), top-k, temperature, top-p, min-p, then a draw with the seed's random numbers.
//
// One Sampler per sequence: it remembers what was said and where its random numbers are. The same options and
// logits give the same tokens on every machine. After construction, nothing allocates.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace nagare {

struct SamplerOptions {
  float temperature = 0.8f;         // 0: always the most likely token
  int32_t top_k = 40;               // 0: all
  float top_p = 0.95f;              // 1: all
  float min_p = 0.05f;              // 0: all; relative to the most likely token
  float repetition_penalty = 1.0f;  // 1: none (Keskar et al., 2019)
  int32_t repetition_window = 64;   // tokens that the penalty looks back
  uint64_t seed = 0;
};

// An error that names the option and its range.
Status check(const SamplerOptions& options);

class Sampler {
 public:
  Sampler(const SamplerOptions& options, int64_t vocabulary_size);

  // The next token for these logits [vocabulary_size]. Does not remember it: accept() does.
  int32_t sample(const float* logits);
  // Tokens that the repetition penalty should know of: the prompt's and each one that was taken.
  void accept(int32_t token);

  // "repetition-penalty 1.10 (64) → top-k 40 → temperature 0.80 → …": for --verbose.
  std::string describe() const;

 private:
  struct Candidate {
    float logit;
    int32_t token;
  };
  void penalise_repetitions();
  void keep_top_k();
  void to_probabilities();
  void keep_top_p();
  void keep_min_p();
  int32_t draw();

  SamplerOptions options_;
  std::mt19937_64 engine_;
  std::vector<Candidate> candidates_;  // sorted by logit, descending, once top-k has run
  std::vector<float> probabilities_;   // of the candidates
  std::vector<float> penalised_;       // logits after the penalty
  std::vector<int32_t> recent_;        // ring of accepted tokens
  size_t recent_next_ = 0;
  int64_t vocabulary_size_;
};

}  // namespace nagare
