// Whole rows by memcpy, which is as fast as the memory on every instruction set.
#include <cstring>

#include "ops/embed/gather_solvers.h"
#include "ops/parallel_rows.h"

namespace nagare {
namespace {

void run(const Stream& stream, const GatherProblem& p, const GatherArguments& a) {
  parallel_rows(stream, a.rows, a.rows * p.n, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      std::memcpy(a.dst + row * a.dst_stride, a.src + a.indices[row] * a.src_stride,
                  static_cast<size_t>(p.n) * sizeof(float));
    }
  });
}

}  // namespace

IsaSolver<GatherProblem, GatherArguments> gather_generic() {
  return IsaSolver<GatherProblem, GatherArguments>({.id = "generic",
                                                    .level = IsaLevel::kGeneric,
                                                    .function = &run,
                                                    .work = &work_of,
                                                    .bytes_per_second = 10e9,
                                                    .flops_per_second = 1e9});
}

}  // namespace nagare
