#include "solve/verdict.h"

#include <array>

namespace nagare {

std::string_view name(Refusal refusal) {
  static constexpr std::array<std::string_view, 13> kNames{
      "none",      "missing-isa",   "shape",   "dtype",     "layout", "epilogue", "not-built",
      "forbidden", "wrong-numbers", "crashed", "timed-out", "memory", "untried"};
  return kNames[static_cast<size_t>(refusal)];
}

}  // namespace nagare
