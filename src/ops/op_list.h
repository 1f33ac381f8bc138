// Every op of the house, by name: for problem lines that arrive as text (bench, find, conformance, child
// trials).
#pragma once

#include <span>

#include "solve/op.h"

namespace nagare {

std::span<const Op* const> all_ops();

// The op named at the start of a problem line; an unknown name is an error that lists the known ones.
Result<const Op*> find_op(std::string_view name);

}  // namespace nagare
