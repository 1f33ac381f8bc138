// What one thread works with while it computes attention: a part of AttentionArguments::workspace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/attention/attention.h"

namespace nagare {

// Rows (of q: a token's heads count one by one) that a thread takes through all pages together. A page is
// read from memory once for all of them.
inline constexpr int kUnitRows = 64;

// One thread's arrays, each aligned to 64 bytes.
struct AttentionScratch {
  float* q = nullptr;        // [kUnitRows, head_dim], scaled
  float* out = nullptr;      // [kUnitRows, value_dim], not yet divided by the sums
  float* scores = nullptr;   // [kUnitRows, kKvPageTokens], then their exponentials
  float* largest = nullptr;  // [kUnitRows]
  float* sums = nullptr;     // [kUnitRows]
  float* keys = nullptr;     // a page's keys and values as float32, in the layout of the page
  float* values = nullptr;

  AttentionScratch(const AttentionProblem& problem, std::byte* workspace, int thread);
  static int64_t bytes(const AttentionProblem& problem);
};

}  // namespace nagare
