// Plain, slow, obviously right.
#include <cmath>

#include "ops/elementwise/elementwise_solvers.h"

namespace nagare {
namespace {

double one(ElementwiseKind kind, double a, double b, double scalar) {
  switch (kind) {
    case ElementwiseKind::kAdd:
      return a + b;
    case ElementwiseKind::kMul:
      return a * b;
    case ElementwiseKind::kScale:
      return a * scalar;
    case ElementwiseKind::kSoftcap:
      break;
  }
  return scalar * std::tanh(a / scalar);
}

void run(const Stream&, const ElementwiseProblem& p, const ElementwiseArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < p.n; ++i) {
      const double b = a.b == nullptr ? 0.0 : a.b[(p.broadcast ? 0 : row * a.b_stride) + i];
      a.dst[row * a.dst_stride + i] = static_cast<float>(one(p.kind, a.a[row * a.a_stride + i], b, a.scalar));
    }
  }
}

}  // namespace

IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_reference() {
  return IsaSolver<ElementwiseProblem, ElementwiseArguments>({.id = "reference",
                                                              .level = IsaLevel::kGeneric,
                                                              .function = &run,
                                                              .work = &work_of,
                                                              .bytes_per_second = 1e9,
                                                              .flops_per_second = 0.5e9});
}

}  // namespace nagare
