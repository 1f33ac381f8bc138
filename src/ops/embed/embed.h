// Rows of a weight table by number, dequantised to float32: token embeddings, and learned positions added on
// top.
//
//   dst[row] = table[ids[row]] · scale,   with accumulate: dst[row] += …
//
// The table lies in the model file's own format. Called by the graph's bound ops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"
#include "tensor/dtype.h"

namespace nagare {

struct EmbedProblem {
  int64_t m = 1;              // rows for which the solver is chosen; a kernel runs any number
  int64_t n = 1;              // elements of a row; a multiple of the type's block
  int64_t rows = 1;           // of the table
  DType table = DType::kF32;  // `b` in the problem line
  bool accumulate = false;

  bool operator==(const EmbedProblem&) const = default;
};

struct EmbedArguments {
  const int32_t* ids = nullptr;  // [rows], each in [0, rows of the table): checked by the caller
  int64_t rows = 0;
  const std::byte* table = nullptr;  // [rows of the table, n]
  float scale = 1.0f;
  float* dst = nullptr;
  int64_t dst_stride = 0;  // elements
};

using EmbedKernel = FunctionKernel<EmbedProblem, EmbedArguments>;
using EmbedSolver = Solver<EmbedProblem, EmbedKernel>;

// THE list; the last is the reference.
const std::vector<const EmbedSolver*>& embed_solvers();

// `embed m=1 n=2048 rows=32000 b=f16 accumulate=0`
ProblemLine print(const EmbedProblem& problem);
Result<EmbedProblem> parse_embed(const ProblemLine& line);
Work work_of(const EmbedProblem& problem);

const Op& embed_op();

}  // namespace nagare
