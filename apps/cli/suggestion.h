// "did you mean": the known word that a misspelt one is nearest to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nagare::cli {

// "" where none is near enough (a third of its letters, at least one, may be wrong, swapped, missing or
// added).
std::string nearest(std::string_view misspelt, std::span<const std::string> known);

}  // namespace nagare::cli
