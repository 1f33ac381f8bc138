// How fast a whole model runs: a prompt, then tokens one by one, several times over.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/text_model.h"

namespace nagare {

struct ModelBenchOptions {
  int64_t prompt_tokens = 512;   // per sequence; 0: none
  int64_t generate_tokens = 64;  // per sequence; 0: none
  int32_t sequences = 1;         // that are generated together; the model must have been loaded for so many
  int32_t repeat = 5;            // after one run that is not counted
};

// Tokens per second of all sequences together, run by run.
struct ModelBenchResult {
  std::vector<double> prompt_rates;
  std::vector<double> generate_rates;
};

double median(std::vector<double> values);  // 0 where there are none

// The tokens are random, from a fixed seed: no sampling, and nothing is found in the cache.
Result<ModelBenchResult> bench_model(TextModel& model, const ModelBenchOptions& options,
                                     const std::function<void(int32_t run)>& progress);

}  // namespace nagare
