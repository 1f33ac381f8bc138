// The solvers of attention, for its list alone.
#pragma once

#include "ops/attention/attention.h"

namespace nagare {

IsaSolver<AttentionProblem, AttentionArguments> attention_avx512();
IsaSolver<AttentionProblem, AttentionArguments> attention_avx2();
IsaSolver<AttentionProblem, AttentionArguments> attention_generic();
IsaSolver<AttentionProblem, AttentionArguments> attention_reference();

}  // namespace nagare
