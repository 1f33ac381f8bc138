// The one clock of the program: monotonic nanoseconds. A change of the wall clock does not move it.
#pragma once

#include <chrono>
#include <cstdint>

namespace nagare {

inline int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A clock like it, for what a test gives its own time.
using Clock = int64_t (*)();

}  // namespace nagare
