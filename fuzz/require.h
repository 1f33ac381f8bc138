// What a fuzz target asserts: it holds in every build, and libFuzzer keeps the input where it does not.
#pragma once

namespace nagare {

inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace nagare
