#include "base/simd/generic.h"
#include "ops/moe/combine_kernel.h"
#include "ops/moe/combine_solvers.h"

namespace nagare {

IsaSolver<CombineProblem, CombineArguments> combine_generic() {
  return IsaSolver<CombineProblem, CombineArguments>({.id = "generic",
                                                      .level = IsaLevel::kGeneric,
                                                      .function = &combine_kernel::run<simd::generic::F32>,
                                                      .work = &work_of,
                                                      .bytes_per_second = 4e9,
                                                      .flops_per_second = 4e9});
}

}  // namespace nagare
