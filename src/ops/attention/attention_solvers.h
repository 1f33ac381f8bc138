// The solvers of attention, for its list alone.
#pragma once

#include "ops/attention/attention.h"

namespace nagare {

IsaSolver<AttentionProblem, AttentionArguments> attention_reference();

}  // namespace nagare
