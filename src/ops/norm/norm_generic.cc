#include "base/simd/generic.h"
#include "ops/norm/norm_kernel.h"
#include "ops/norm/norm_solvers.h"

namespace nagare {

IsaSolver<NormProblem, NormArguments> norm_generic() {
  return IsaSolver<NormProblem, NormArguments>({.id = "generic",
                                                .level = IsaLevel::kGeneric,
                                                .function = &norm_kernel::run<simd::generic::F32>,
                                                .work = &work_of,
                                                .bytes_per_second = 4e9,
                                                .flops_per_second = 6e9});
}

}  // namespace nagare
