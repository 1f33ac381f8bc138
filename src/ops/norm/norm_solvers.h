// The solvers of norm, for its list alone.
#pragma once

#include "ops/norm/norm.h"

namespace nagare {

IsaSolver<NormProblem, NormArguments> norm_avx512();
IsaSolver<NormProblem, NormArguments> norm_avx2();
IsaSolver<NormProblem, NormArguments> norm_generic();
IsaSolver<NormProblem, NormArguments> norm_reference();

}  // namespace nagare
