// Activations over rows, alone or as a gated linear unit:  dst = act(gate) · (glu ? up : 1).
//
//   silu       x / (1 + e^-x)
//   gelu_tanh  x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))   (what GGUF files mean by GELU)
//   gelu_erf   x/2 · (1 + erf(x / √2))
//   gelu_quick x / (1 + e^(-1.702 x))
//   relu, relu2 (its square), identity
//
// Called by the graph's bound ops; knows no model.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "solve/isa_solver.h"
#include "solve/op.h"

namespace nagare {

enum class ActivationKind : uint8_t { kSilu, kGeluTanh, kGeluErf, kGeluQuick, kRelu, kRelu2, kIdentity };

// "silu", "gelu_tanh", …
std::string_view name(ActivationKind kind);
std::optional<ActivationKind> activation_from_name(std::string_view name);

struct ActivationProblem {
  ActivationKind kind = ActivationKind::kSilu;
  bool glu = false;
  int64_t m = 1;  // rows for which the solver is chosen; a kernel runs any number
  int64_t n = 1;

  bool operator==(const ActivationProblem&) const = default;
};

// Rows of float32, strides in elements. gate and up may be two halves of one row; dst may be gate or up.
struct ActivationArguments {
  const float* gate = nullptr;
  int64_t gate_stride = 0;
  const float* up = nullptr;  // only where the problem has glu
  int64_t up_stride = 0;
  float* dst = nullptr;
  int64_t dst_stride = 0;
  int64_t rows = 0;
};

using ActivationKernel = FunctionKernel<ActivationProblem, ActivationArguments>;
using ActivationSolver = Solver<ActivationProblem, ActivationKernel>;

// THE list; the last is the reference.
const std::vector<const ActivationSolver*>& activation_solvers();

// `activation kind=silu glu=1 m=1 n=5632`
ProblemLine print(const ActivationProblem& problem);
Result<ActivationProblem> parse_activation(const ProblemLine& line);
Work work_of(const ActivationProblem& problem);

const Op& activation_op();

}  // namespace nagare
