// The solvers of elementwise, for its list alone.
#pragma once

#include "ops/elementwise/elementwise.h"

namespace nagare {

IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_avx512();
IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_avx2();
IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_generic();
IsaSolver<ElementwiseProblem, ElementwiseArguments> elementwise_reference();

}  // namespace nagare
