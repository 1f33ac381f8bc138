#include "base/simd/avx2.h"
#include "ops/elementwise/elementwise_kernel.h"
#include "ops/elementwise/elementwise_solvers.h"

namespace nagare {

IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_avx2() {
  return IsaSolver<ElementwiseProblem, ElementwiseArguments>(
      {.id = "avx2",
       .level = IsaLevel::kAvx2,
       .function = &elementwise_kernel::run<simd::avx2::F32>,
       .work = &work_of,
       .bytes_per_second = 16e9,
       .flops_per_second = 40e9});
}

}  // namespace nagare
