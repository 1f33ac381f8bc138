// Routing: for every row the `used` best of `experts` scores, best first (of equal ones the lower number),
// and how much each of them counts.
//
//   softmax  weight = e^score / Σ e^score over all experts    (Fedus et al., 2021; Jiang et al., 2024)
//   sigmoid  weight = 1 / (1 + e^-score)                      (DeepSeek-AI, 2024)
//
// With `normalise` the weights of a row are divided by their sum. What comes out is a row of 2 · used floats:
// the numbers of the experts, then their weights. The numbers are distinct and inside [0, experts) whatever
// the scores are, NaN included. A row's result does not depend on the other rows.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

enum class RouteScoring : uint8_t { kSoftmax, kSigmoid };

inline constexpr int64_t kMaxExperts = 4096;
inline constexpr int64_t kMaxExpertsUsed = 64;

struct RouteProblem {
  int64_t m = 1;  // rows for which the solver is chosen; a kernel runs any number
  int64_t experts = 1;
  int64_t used = 1;
  RouteScoring scoring = RouteScoring::kSoftmax;
  bool normalise = false;

  bool operator==(const RouteProblem&) const = default;
};

// Rows of float32, strides in elements.
struct RouteArguments {
  const float* scores = nullptr;  // [rows, experts]
  int64_t scores_stride = 0;
  float* dst = nullptr;  // [rows, 2 · used]
  int64_t dst_stride = 0;
  int64_t rows = 0;
  float scale = 1.0f;  // multiplies the weights
};

using RouteKernel = FunctionKernel<RouteProblem, RouteArguments>;
using RouteSolver = Solver<RouteProblem, RouteKernel>;

// THE list; the last is the reference.
const std::vector<const RouteSolver*>& route_solvers();

// `route m=1 experts=128 used=8 scoring=softmax normalise=1`
ProblemLine print(const RouteProblem& problem);
Result<RouteProblem> parse_route(const ProblemLine& line);
Work work_of(const RouteProblem& problem);

const Op& route_op();

}  // namespace nagare
