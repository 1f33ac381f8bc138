// Normalisation of rows: RMS norm and layer norm. The exemplar room: every other op has these same files.
//
//   rms    y = x / sqrt(mean(x²) + epsilon) · weight                        (Zhang and Sennrich, 2019)
//   layer  y = (x - mean(x)) / sqrt(var(x) + epsilon) · weight + bias       (Ba, Kiros and Hinton, 2016)
//
// A row of `groups · n` floats is normalised in groups of n, each with the same weight (groups > 1: a norm
// per attention head). Called by the graph's bound ops; knows no model.
#pragma once

#include <cstdint>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

enum class NormKind : uint8_t { kRms, kLayer };

struct NormProblem {
  NormKind kind = NormKind::kRms;
  int64_t m = 1;  // rows (of tokens) for which the solver is chosen; a kernel runs any number
  int64_t groups = 1;
  int64_t n = 1;  // elements that are normalised together
  bool bias = false;

  bool operator==(const NormProblem&) const = default;
};

// Rows of float32, `stride` elements apart; dst may be src. weight (and bias, where the problem has one):
// [n].
struct NormArguments {
  const float* src = nullptr;
  float* dst = nullptr;
  const float* weight = nullptr;  // null: all ones
  const float* bias = nullptr;
  int64_t rows = 0;
  int64_t src_stride = 0;
  int64_t dst_stride = 0;
  float epsilon = 0;
};

using NormKernel = FunctionKernel<NormProblem, NormArguments>;
using NormSolver = Solver<NormProblem, NormKernel>;

// THE list, in the order a reader should think of them; the last is the reference.
const std::vector<const NormSolver*>& norm_solvers();

// `norm kind=rms m=1 groups=1 n=2048 bias=0`
ProblemLine print(const NormProblem& problem);
Result<NormProblem> parse_norm(const ProblemLine& line);
Work work_of(const NormProblem& problem);

// The op by problem lines.
const Op& norm_op();

}  // namespace nagare
