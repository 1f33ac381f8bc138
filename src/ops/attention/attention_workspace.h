// What one thread works with while it computes attention, and what threads hand each other: parts of
// AttentionArguments::workspace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/round_up.h"
#include "ops/attention/attention_units.h"

namespace nagare {

// Partial results of a chunk, or of the chunks so far: for each row of a unit
//   largest = the largest score, sum = Σ 2^(score - largest), out = Σ 2^(score - largest) · v.
// A row that sees nothing has a sum of 0.
struct AttentionPartial {
  float* out = nullptr;  // [kUnitRows, out_stride]
  float* largest = nullptr;
  float* sums = nullptr;
};

// From one row of `out` to the next: value_dim rounded up to whole vectors.
constexpr int64_t out_stride(const AttentionProblem& problem) {
  return (problem.value_dim + 15) / 16 * 16;
}

// Queries lie in blocks of so many elements, a tile's rows side by side in each.
inline constexpr int kQueryBlock = 16;

// Elements of a packed query: head_dim rounded up to whole blocks.
constexpr int64_t query_stride(const AttentionProblem& problem) {
  return round_up(problem.head_dim, kQueryBlock);
}

// From one row of scores to the next: a chunk, and a line so that the rows of a tile do not meet in the same
// sets of the cache.
inline constexpr int64_t kScoreStride = kChunkTokens + 16;

// Partial results that wait to be merged, for each thread.
inline constexpr int kSlotsPerThread = 4;

// Every array is aligned to 64 bytes.
struct AttentionScratch {
  float* q = nullptr;       // [kUnitRows, query_stride], scaled and packed
  float* scores = nullptr;  // [kUnitRows, kScoreStride], then their weights
  float* keys = nullptr;    // a page's keys and values as float32, in the layout of the page
  float* values = nullptr;
  AttentionPartial chunk;  // of one chunk
  AttentionPartial total;  // of the chunks so far

  AttentionScratch(const AttentionProblem& problem, std::byte* workspace, int thread);
  static int64_t bytes(const AttentionProblem& problem);
};

AttentionPartial attention_slot(const AttentionProblem& problem, std::byte* workspace, int threads, int slot);

}  // namespace nagare
