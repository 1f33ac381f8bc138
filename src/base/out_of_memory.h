// An allocation that fails, as an error value: put around the work behind a room's door that allocates what a
// file asks for. Everywhere else an allocation that fails ends the program.
#pragma once

#include <new>
#include <utility>

#include "base/result.h"

namespace nagare {

// What `work` returns (a Result or a Status), or, where an allocation failed in it, an error that says what
// was being done.
template <class Work>
auto or_out_of_memory(const char* doing, Work&& work) -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const std::bad_alloc&) {
    return out_of_memory("not enough memory to {}", doing);
  }
}

}  // namespace nagare
