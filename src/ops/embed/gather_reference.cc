// Plain, slow, obviously right.
#include "ops/embed/gather_solvers.h"

namespace nagare {
namespace {

void run(const Stream&, const GatherProblem& p, const GatherArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t i = 0; i < p.n; ++i) {
      a.dst[row * a.dst_stride + i] = a.src[a.indices[row] * a.src_stride + i];
    }
  }
}

}  // namespace

IsaSolver<GatherProblem, GatherArguments> gather_reference() {
  return IsaSolver<GatherProblem, GatherArguments>({.id = "reference",
                                                    .level = IsaLevel::kGeneric,
                                                    .function = &run,
                                                    .work = &work_of,
                                                    .bytes_per_second = 2e9,
                                                    .flops_per_second = 1e9});
}

}  // namespace nagare
