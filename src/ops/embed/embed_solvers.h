// The solvers of embed, for its list alone.
#pragma once

#include "ops/embed/embed.h"

namespace nagare {

IsaSolver<EmbedProblem, EmbedArguments> embed_generic();
IsaSolver<EmbedProblem, EmbedArguments> embed_reference();

}  // namespace nagare
