#include "base/simd/avx512.h"
#include "ops/moe/combine_kernel.h"
#include "ops/moe/combine_solvers.h"

namespace nagare {

IsaSolver<CombineProblem, CombineArguments> combine_avx512() {
  return IsaSolver<CombineProblem, CombineArguments>({.id = "avx512",
                                                      .level = IsaLevel::kAvx512,
                                                      .function = &combine_kernel::run<simd::avx512::F32>,
                                                      .work = &work_of,
                                                      .bytes_per_second = 18e9,
                                                      .flops_per_second = 40e9});
}

}  // namespace nagare
