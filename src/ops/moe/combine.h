// The weighted sum of what a row's experts say:  dst[row] = Σ_slot weights[row, slot] · src[row, slot], in
// the order of the slots.
#pragma once

#include <cstdint>
#include <vector>

#include "ops/moe/route.h"
#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

struct CombineProblem {
  int64_t m = 1;     // rows for which the solver is chosen; a kernel runs any number
  int64_t used = 1;  // experts of a row
  int64_t n = 1;     // elements that one expert gives

  bool operator==(const CombineProblem&) const = default;
};

// Rows of float32, strides in elements.
struct CombineArguments {
  const float* src = nullptr;  // [rows, used, n]
  int64_t src_stride = 0;
  const float* weights = nullptr;  // [rows, used]
  int64_t weights_stride = 0;
  float* dst = nullptr;  // [rows, n]; does not overlap src
  int64_t dst_stride = 0;
  int64_t rows = 0;
};

using CombineKernel = FunctionKernel<CombineProblem, CombineArguments>;
using CombineSolver = Solver<CombineProblem, CombineKernel>;

// THE list; the last is the reference.
const std::vector<const CombineSolver*>& combine_solvers();

// `combine m=1 used=8 n=2048`
ProblemLine print(const CombineProblem& problem);
Result<CombineProblem> parse_combine(const ProblemLine& line);
Work work_of(const CombineProblem& problem);

const Op& combine_op();

}  // namespace nagare
