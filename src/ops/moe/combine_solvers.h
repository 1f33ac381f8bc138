// The solvers of combine, for its list alone.
#pragma once

#include "ops/moe/combine.h"

namespace nagare {

IsaSolver<CombineProblem, CombineArguments> combine_avx512();
IsaSolver<CombineProblem, CombineArguments> combine_avx2();
IsaSolver<CombineProblem, CombineArguments> combine_generic();
IsaSolver<CombineProblem, CombineArguments> combine_reference();

}  // namespace nagare
