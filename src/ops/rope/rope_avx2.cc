#include "base/simd/avx2.h"
#include "ops/rope/rope_kernel.h"
#include "ops/rope/rope_solvers.h"

namespace nagare {

IsaSolver<RopeProblem, RopeArguments> rope_avx2() {
  return IsaSolver<RopeProblem, RopeArguments>({.id = "avx2",
                                                .level = IsaLevel::kAvx2,
                                                .function = &rope_kernel::run<simd::avx2::F32>,
                                                .work = &work_of,
                                                .bytes_per_second = 16e9,
                                                .flops_per_second = 40e9});
}

}  // namespace nagare
