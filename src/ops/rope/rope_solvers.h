// The solvers of rope, for its list alone.
#pragma once

#include "ops/rope/rope.h"

namespace nagare {

IsaSolver<RopeProblem, RopeArguments> rope_avx512();
IsaSolver<RopeProblem, RopeArguments> rope_avx2();
IsaSolver<RopeProblem, RopeArguments> rope_generic();
IsaSolver<RopeProblem, RopeArguments> rope_reference();

}  // namespace nagare
