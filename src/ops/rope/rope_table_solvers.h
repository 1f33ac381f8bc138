// The solvers of rope_table, for its list alone.
#pragma once

#include "ops/rope/rope_table.h"

namespace nagare {

IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_avx512();
IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_avx2();
IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_generic();
IsaSolver<RopeTableProblem, RopeTableArguments> rope_table_reference();

}  // namespace nagare
