#include "base/simd/avx512.h"
#include "ops/rope/rope_kernel.h"
#include "ops/rope/rope_solvers.h"

namespace nagare {

IsaSolver<RopeProblem, RopeArguments> rope_avx512() {
  return IsaSolver<RopeProblem, RopeArguments>({.id = "avx512",
                                                .level = IsaLevel::kAvx512,
                                                .function = &rope_kernel::run<simd::avx512::F32>,
                                                .work = &work_of,
                                                .bytes_per_second = 24e9,
                                                .flops_per_second = 80e9});
}

}  // namespace nagare
