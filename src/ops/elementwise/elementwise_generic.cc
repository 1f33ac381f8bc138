#include "base/simd/generic.h"
#include "ops/elementwise/elementwise_kernel.h"
#include "ops/elementwise/elementwise_solvers.h"

namespace nagare {

IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_generic() {
  return IsaSolver<ElementwiseProblem, ElementwiseArguments>(
      {.id = "generic",
       .level = IsaLevel::kGeneric,
       .function = &elementwise_kernel::run<simd::generic::F32>,
       .work = &work_of,
       .bytes_per_second = 4e9,
       .flops_per_second = 6e9});
}

}  // namespace nagare
