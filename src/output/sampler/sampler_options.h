// What a user can ask of sampling, with its ranges. Plain data; every default but temperature, top-k, top-p
// and min-p leaves its sampler out of the chain.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nagare {

// The samplers that cut and shape the distribution, in the order in which they run by default.
enum class Cut : uint8_t { kTopK, kTemperature, kTypical, kTopP, kMinP, kXtc };
std::string_view name(Cut cut);
std::span<const Cut> default_cuts();
// "top-k,temperature,min-p" → the order; an error names what is no sampler or comes twice.
Result<std::vector<Cut>> parse_cuts(std::string_view list);

struct TokenBias {
  int32_t token = 0;
  float bias = 0;  // added to the logit; -100 forbids the token
};

struct SamplerOptions {
  float temperature = 0.8f;  // 0: always the most likely token
  int32_t top_k = 40;        // 0: all
  float top_p = 0.95f;       // 1: all
  float min_p = 0.05f;       // 0: all; relative to the most likely token
  float typical_p = 1.0f;    // 1: all (Meister et al., 2022)

  float xtc_probability = 0.0f;  // of leaving out the top choices; 0: never
  float xtc_threshold = 0.1f;    // a top choice has at least this probability

  // Over the last `repetition_window` tokens:
  int32_t repetition_window = 64;
  float repetition_penalty = 1.0f;  // divides positive logits, multiplies negative ones (Keskar et al., 2019)
  float presence_penalty = 0.0f;    // taken off the logit of whatever came
  float frequency_penalty = 0.0f;   // taken off once for each time that it came

  // "Don't repeat yourself": what would lengthen a repeated run of tokens loses multiplier × base^(length -
  // allowed length). A run ends at a breaker.
  float dry_multiplier = 0.0f;
  float dry_base = 1.75f;
  int32_t dry_allowed_length = 2;
  int32_t dry_window = 1024;  // tokens that it looks back
  std::vector<int32_t> dry_breakers;

  int32_t mirostat = 0;  // 0: off; 1, 2: the version; it replaces every cut but temperature
  float mirostat_tau = 5.0f;
  float mirostat_eta = 0.1f;

  std::vector<TokenBias> bias;
  std::vector<Cut> cuts;  // their order; empty: the default. A cut that is not named does not run.
  uint64_t seed = 0;
};

// An error that names the option and its range.
Status check(const SamplerOptions& options);

}  // namespace nagare
