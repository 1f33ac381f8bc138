// Element by element over rows:
//
//   add      dst = a + b          mul  dst = a · b      (broadcast: b is one row for all rows)
//   scale    dst = a · scalar     softcap  dst = scalar · tanh(a / scalar)
//
// What a neighbour can do in its own pass (a bias, a residual, a scale) the graph fuses away; this is the
// rest.
#pragma once

#include <cstdint>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

enum class ElementwiseKind : uint8_t { kAdd, kMul, kScale, kSoftcap };

struct ElementwiseProblem {
  ElementwiseKind kind = ElementwiseKind::kAdd;
  int64_t m = 1;  // rows for which the solver is chosen; a kernel runs any number
  int64_t n = 1;
  bool broadcast = false;  // add, mul: b is one row

  bool operator==(const ElementwiseProblem&) const = default;
};

// Rows of float32, strides in elements. dst may be a or (not broadcast) b.
struct ElementwiseArguments {
  const float* a = nullptr;
  int64_t a_stride = 0;
  const float* b = nullptr;  // add, mul
  int64_t b_stride = 0;      // not read where the problem broadcasts
  float* dst = nullptr;
  int64_t dst_stride = 0;
  int64_t rows = 0;
  float scalar = 1.0f;  // scale, softcap (there above 0)
};

using ElementwiseKernel = FunctionKernel<ElementwiseProblem, ElementwiseArguments>;
using ElementwiseSolver = Solver<ElementwiseProblem, ElementwiseKernel>;

// THE list; the last is the reference.
const std::vector<const ElementwiseSolver*>& elementwise_solvers();

// `elementwise kind=add m=1 n=2048 broadcast=0`
ProblemLine print(const ElementwiseProblem& problem);
Result<ElementwiseProblem> parse_elementwise(const ProblemLine& line);
Work work_of(const ElementwiseProblem& problem);

const Op& elementwise_op();

}  // namespace nagare
