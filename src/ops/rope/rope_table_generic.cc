#include "base/simd/generic.h"
#include "ops/rope/rope_table_kernel.h"
#include "ops/rope/rope_table_solvers.h"

namespace nagare {

IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_generic() {
  return IsaSolver<RopeTableProblem, RopeTableArguments>(
      {.id = "generic",
       .level = IsaLevel::kGeneric,
       .function = &rope_table_kernel::run<simd::generic::F32>,
       .work = &work_of,
       .bytes_per_second = 4e9,
       .flops_per_second = 6e9});
}

}  // namespace nagare
