#include "base/simd/avx512.h"
#include "ops/norm/norm_kernel.h"
#include "ops/norm/norm_solvers.h"

namespace nagare {

IsaSolver<NormProblem, NormArguments> norm_avx512() {
  return IsaSolver<NormProblem, NormArguments>({.id = "avx512",
                                                .level = IsaLevel::kAvx512,
                                                .function = &norm_kernel::run<simd::avx512::F32>,
                                                .work = &work_of,
                                                .bytes_per_second = 24e9,
                                                .flops_per_second = 80e9});
}

}  // namespace nagare
