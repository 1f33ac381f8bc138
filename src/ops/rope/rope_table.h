// The cosines and sines of rotary positions: made once per step, read by the rope of every layer.
//
//   table[row, 2i] = magnitude · cos(positions[row] · inverse_frequencies[i]),  table[row, 2i+1] the same
//   with sin
//
// The angle is formed and reduced in double precision, so that position 131,072 is as exact as position 1 (in
// float32 its angle would be off by up to 0.004 rad). How a model scales its frequencies (linear, NTK, YaRN,
// per-dimension factors) is in the numbers that the caller passes.
#pragma once

#include <cstdint>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

struct RopeTableProblem {
  int64_t m = 1;     // rows for which the solver is chosen; a kernel runs any number
  int64_t dims = 2;  // even

  bool operator==(const RopeTableProblem&) const = default;
};

struct RopeTableArguments {
  const int32_t* positions = nullptr;           // [rows]
  const double* inverse_frequencies = nullptr;  // [dims / 2], radians per position
  float magnitude = 1.0f;                       // YaRN's attention factor; 1 elsewhere
  float* table = nullptr;                       // [rows, dims]
  int64_t rows = 0;
};

using RopeTableKernel = FunctionKernel<RopeTableProblem, RopeTableArguments>;
using RopeTableSolver = Solver<RopeTableProblem, RopeTableKernel>;

// THE list; the last is the reference.
const std::vector<const RopeTableSolver*>& rope_table_solvers();

// `rope_table m=1 dims=64`
ProblemLine print(const RopeTableProblem& problem);
Result<RopeTableProblem> parse_rope_table(const ProblemLine& line);
Work work_of(const RopeTableProblem& problem);

const Op& rope_table_op();

}  // namespace nagare
