#include "base/simd/generic.h"
#include "ops/rope/rope_kernel.h"
#include "ops/rope/rope_solvers.h"

namespace nagare {

IsaSolver<RopeProblem, RopeArguments> rope_generic() {
  return IsaSolver<RopeProblem, RopeArguments>({.id = "generic",
                                                .level = IsaLevel::kGeneric,
                                                .function = &rope_kernel::run<simd::generic::F32>,
                                                .work = &work_of,
                                                .bytes_per_second = 4e9,
                                                .flops_per_second = 6e9});
}

}  // namespace nagare
