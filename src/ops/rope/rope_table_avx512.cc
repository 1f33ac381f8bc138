#include "base/simd/avx512.h"
#include "ops/rope/rope_table_kernel.h"
#include "ops/rope/rope_table_solvers.h"

namespace nagare {

IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_avx512() {
  return IsaSolver<RopeTableProblem, RopeTableArguments>(
      {.id = "avx512",
       .level = IsaLevel::kAvx512,
       .function = &rope_table_kernel::run<simd::avx512::F32>,
       .work = &work_of,
       .bytes_per_second = 24e9,
       .flops_per_second = 80e9});
}

}  // namespace nagare
