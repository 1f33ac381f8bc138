#include "base/simd/avx512.h"
#include "ops/activation/activation_kernel.h"
#include "ops/activation/activation_solvers.h"

namespace nagare {

IsaSolver<ActivationProblem, ActivationArguments> activation_avx512() {
  return IsaSolver<ActivationProblem, ActivationArguments>(
      {.id = "avx512",
       .level = IsaLevel::kAvx512,
       .function = &activation_kernel::run<simd::avx512::F32>,
       .work = &work_of,
       .bytes_per_second = 24e9,
       .flops_per_second = 80e9});
}

}  // namespace nagare
