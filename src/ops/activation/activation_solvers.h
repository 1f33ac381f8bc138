// The solvers of activation, for its list alone.
#pragma once

#include "ops/activation/activation.h"

namespace nagare {

IsaSolver<ActivationProblem, ActivationArguments> activation_avx512();
IsaSolver<ActivationProblem, ActivationArguments> activation_avx2();
IsaSolver<ActivationProblem, ActivationArguments> activation_generic();
IsaSolver<ActivationProblem, ActivationArguments> activation_reference();

}  // namespace nagare
