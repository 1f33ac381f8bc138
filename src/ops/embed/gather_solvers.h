// The solvers of gather, for its list alone.
#pragma once

#include "ops/embed/gather.h"

namespace nagare {

IsaSolver<GatherProblem, GatherArguments> gather_generic();
IsaSolver<GatherProblem, GatherArguments> gather_reference();

}  // namespace nagare
