// Plain, slow, obviously right: double precision, one element after the other.
#include "ops/moe/combine_solvers.h"

namespace nagare {
namespace {

void run(const Stream&, const CombineProblem& p, const CombineArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < p.n; ++i) {
      double sum = 0;
      for (int64_t slot = 0; slot < p.used; ++slot) {
        sum += static_cast<double>(a.weights[row * a.weights_stride + slot]) *
               static_cast<double>(a.src[row * a.src_stride + slot * p.n + i]);
      }
      a.dst[row * a.dst_stride + i] = static_cast<float>(sum);
    }
  }
}

}  // namespace

IsaSolver<CombineProblem, CombineArguments> combine_reference() {
  return IsaSolver<CombineProblem, CombineArguments>({.id = "reference",
                                                      .level = IsaLevel::kGeneric,
                                                      .function = &run,
                                                      .work = &work_of,
                                                      .bytes_per_second = 1e9,
                                                      .flops_per_second = 0.5e9});
}

}  // namespace nagare
