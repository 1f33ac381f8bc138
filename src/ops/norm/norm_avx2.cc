#include "base/simd/avx2.h"
#include "ops/norm/norm_kernel.h"
#include "ops/norm/norm_solvers.h"

namespace nagare {

IsaSolver<NormProblem, NormArguments> norm_avx2() {
  return IsaSolver<NormProblem, NormArguments>({.id = "avx2",
                                                .level = IsaLevel::kAvx2,
                                                .function = &norm_kernel::run<simd::avx2::F32>,
                                                .work = &work_of,
                                                .bytes_per_second = 16e9,
                                                .flops_per_second = 40e9});
}

}  // namespace nagare
