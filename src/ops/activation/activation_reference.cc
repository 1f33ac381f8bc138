// Plain, slow, obviously right: the formulas of activation.h in double precision.
#include <cmath>
#include <numbers>

#include "ops/activation/activation_solvers.h"

namespace nagare {
namespace {

double activate(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::kSilu:
      return x / (1.0 + std::exp(-x));
    case ActivationKind::kGeluTanh: {
      const double u = std::sqrt(2.0 / std::numbers::pi) * (x + 0.044715 * x * x * x);
      return x / (1.0 + std::exp(-2.0 * u));  // 1 + tanh u = 2 / (1 + e^-2u)
    }
    case ActivationKind::kGeluErf:
      return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case ActivationKind::kGeluQuick:
      return x / (1.0 + std::exp(-1.702 * x));
    case ActivationKind::kRelu:
      return x > 0 ? x : 0;
    case ActivationKind::kRelu2:
      return x > 0 ? x * x : 0;
    case ActivationKind::kIdentity:
      break;
  }
  return x;
}

void run(const Stream&, const ActivationProblem& p, const ActivationArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < p.n; ++i) {
      const double value = activate(p.kind, a.gate[row * a.gate_stride + i]);
      const double factor = p.glu ? a.up[row * a.up_stride + i] : 1.0;
      a.dst[row * a.dst_stride + i] = static_cast<float>(value * factor);
    }
  }
}

}  // namespace

IsaSolver<ActivationProblem, ActivationArguments> activation_reference() {
  return IsaSolver<ActivationProblem, ActivationArguments>({.id = "reference",
                                                            .level = IsaLevel::kGeneric,
                                                            .function = &run,
                                                            .work = &work_of,
                                                            .bytes_per_second = 1e9,
                                                            .flops_per_second = 0.5e9});
}

}  // namespace nagare
