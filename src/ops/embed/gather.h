// Chosen rows of float32, copied: dst[row] = src[indices[row]]. Used before the last multiplication, where
// only some rows of a step are asked for.
#pragma once

#include <cstdint>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

struct GatherProblem {
  int64_t m = 1;  // rows that are chosen, as expected; a kernel runs any number
  int64_t n = 1;

  bool operator==(const GatherProblem&) const = default;
};

struct GatherArguments {
  const float* src = nullptr;
  int64_t src_stride = 0;
  const int32_t* indices = nullptr;  // [rows], rows of src: checked by the caller
  int64_t rows = 0;
  float* dst = nullptr;  // does not overlap src
  int64_t dst_stride = 0;
};

using GatherKernel = FunctionKernel<GatherProblem, GatherArguments>;
using GatherSolver = Solver<GatherProblem, GatherKernel>;

// THE list; the last is the reference.
const std::vector<const GatherSolver*>& gather_solvers();

// `gather m=1 n=2048`
ProblemLine print(const GatherProblem& problem);
Result<GatherProblem> parse_gather(const ProblemLine& line);
Work work_of(const GatherProblem& problem);

const Op& gather_op();

}  // namespace nagare
