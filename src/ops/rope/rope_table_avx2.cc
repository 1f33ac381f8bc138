#include "base/simd/avx2.h"
#include "ops/rope/rope_table_kernel.h"
#include "ops/rope/rope_table_solvers.h"

namespace nagare {

IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_avx2() {
  return IsaSolver<RopeTableProblem, RopeTableArguments>(
      {.id = "avx2",
       .level = IsaLevel::kAvx2,
       .function = &rope_table_kernel::run<simd::avx2::F32>,
       .work = &work_of,
       .bytes_per_second = 16e9,
       .flops_per_second = 40e9});
}

}  // namespace nagare
