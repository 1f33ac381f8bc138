// Plain, slow, obviously right: double precision, one element after the other.
#include <cmath>

#include "ops/norm/norm_solvers.h"

namespace nagare {
namespace {

void normalise(const NormProblem& p, const NormArguments& a, const float* x, float* y) {
  double mean = 0;
  if (p.kind == NormKind::kLayer) {
    for (int64_t i = 0; i < p.n; ++i) mean += x[i];
    mean /= static_cast<double>(p.n);
  }
  double variance = 0;
  for (int64_t i = 0; i < p.n; ++i) variance += (x[i] - mean) * (x[i] - mean);
  variance /= static_cast<double>(p.n);
  const double scale = 1.0 / std::sqrt(variance + static_cast<double>(a.epsilon));
  for (int64_t i = 0; i < p.n; ++i) {
    const double weight = a.weight == nullptr ? 1.0 : a.weight[i];
    const double bias = a.bias == nullptr ? 0.0 : a.bias[i];
    y[i] = static_cast<float>((x[i] - mean) * scale * weight + bias);
  }
}

void run(const Stream&, const NormProblem& p, const NormArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t group = 0; group < p.groups; ++group) {
      normalise(p, a, a.src + row * a.src_stride + group * p.n, a.dst + row * a.dst_stride + group * p.n);
    }
  }
}

}  // namespace

IsaSolver<NormProblem, NormArguments> norm_reference() {
  return IsaSolver<NormProblem, NormArguments>({.id = "reference",
                                                .level = IsaLevel::kGeneric,
                                                .function = &run,
                                                .work = &work_of,
                                                .bytes_per_second = 1e9,
                                                .flops_per_second = 0.5e9});
}

}  // namespace nagare
