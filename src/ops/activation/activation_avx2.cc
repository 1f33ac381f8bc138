#include "base/simd/avx2.h"
#include "ops/activation/activation_kernel.h"
#include "ops/activation/activation_solvers.h"

namespace nagare {

IsaSolver<ActivationProblem, ActivationArguments> activation_avx2() {
  return IsaSolver<ActivationProblem, ActivationArguments>(
      {.id = "avx2",
       .level = IsaLevel::kAvx2,
       .function = &activation_kernel::run<simd::avx2::F32>,
       .work = &work_of,
       .bytes_per_second = 16e9,
       .flops_per_second = 40e9});
}

}  // namespace nagare
