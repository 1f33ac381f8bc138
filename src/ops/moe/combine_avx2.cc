#include "base/simd/avx2.h"
#include "ops/moe/combine_kernel.h"
#include "ops/moe/combine_solvers.h"

namespace nagare {

IsaSolver<CombineProblem, CombineArguments> combine_avx2() {
  return IsaSolver<CombineProblem, CombineArguments>({.id = "avx2",
                                                      .level = IsaLevel::kAvx2,
                                                      .function = &combine_kernel::run<simd::avx2::F32>,
                                                      .work = &work_of,
                                                      .bytes_per_second = 16e9,
                                                      .flops_per_second = 30e9});
}

}  // namespace nagare
