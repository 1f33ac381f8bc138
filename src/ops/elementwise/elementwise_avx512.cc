#include "base/simd/avx512.h"
#include "ops/elementwise/elementwise_kernel.h"
#include "ops/elementwise/elementwise_solvers.h"

namespace nagare {

IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_avx512() {
  return IsaSolver<ElementwiseProblem, ElementwiseArguments>(
      {.id = "avx512",
       .level = IsaLevel::kAvx512,
       .function = &elementwise_kernel::run<simd::avx512::F32>,
       .work = &work_of,
       .bytes_per_second = 24e9,
       .flops_per_second = 80e9});
}

}  // namespace nagare
