#include "base/simd/generic.h"
#include "ops/activation/activation_kernel.h"
#include "ops/activation/activation_solvers.h"

namespace nagare {

IsaSolver<ActivationProblem, ActivationArguments> activation_generic() {
  return IsaSolver<ActivationProblem, ActivationArguments>(
      {.id = "generic",
       .level = IsaLevel::kGeneric,
       .function = &activation_kernel::run<simd::generic::F32>,
       .work = &work_of,
       .bytes_per_second = 4e9,
       .flops_per_second = 6e9});
}

}  // namespace nagare
