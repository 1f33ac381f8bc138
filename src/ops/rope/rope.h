// Rotary positions (Su et al., 2021): the first `dims` elements of every head are turned, pair by pair, by an
// angle that grows with the row's position. In place, on q and k before the attention.
//
//   interleaved  pairs (2i, 2i+1)        (llama's GGUF files)
//   halves       pairs (i, i + dims/2)   (neox, qwen2, gemma, …)
//
// The cosines and sines come from a table that ops/rope/rope_table.h makes once per step for all layers.
// Called by the graph's bound ops; knows no model.
#pragma once

#include <cstdint>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

enum class RopeKind : uint8_t { kInterleaved, kHalves };

struct RopeProblem {
  RopeKind kind = RopeKind::kInterleaved;
  int64_t m = 1;         // rows (of tokens) for which the solver is chosen; a kernel runs any number
  int64_t heads = 1;     // heads that lie next to each other in a row: q and k of a fused row are one call
  int64_t head_dim = 2;  // elements of a head
  int64_t dims = 2;      // how many of them turn: the first ones; even

  bool operator==(const RopeProblem&) const = default;
};

struct RopeArguments {
  float* data = nullptr;  // the first head of the first row
  int64_t stride = 0;     // elements from row to row
  int64_t rows = 0;
  const float* table = nullptr;  // [rows, dims]: of each pair the cosine, then the sine
};

using RopeKernel = FunctionKernel<RopeProblem, RopeArguments>;
using RopeSolver = Solver<RopeProblem, RopeKernel>;

// THE list; the last is the reference.
const std::vector<const RopeSolver*>& rope_solvers();

// `rope kind=interleaved m=1 heads=40 head_dim=64 dims=64`
ProblemLine print(const RopeProblem& problem);
Result<RopeProblem> parse_rope(const ProblemLine& line);
Work work_of(const RopeProblem& problem);

const Op& rope_op();

}  // namespace nagare
