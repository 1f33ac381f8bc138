// Rows shared out among the threads, where there is enough to do for the hand-over (about 1 µs). For ops
// whose rows do not depend on each other.
#pragma once

#include <algorithm>

#include "runtime/device.h"

namespace nagare {

// Calls f(begin, end) for runs of rows that together are [0, rows). `elements` is the work of all rows, in
// elements of a few operations each.
template <class F>
inline void parallel_rows(const Stream& stream, int64_t rows, int64_t elements, F&& f) {
  constexpr int64_t kElementsWorthAThread = 16384;
  if (stream.threads() == 1 || rows < 2 || elements < kElementsWorthAThread) {
    f(int64_t{0}, rows);
    return;
  }
  // Several parts a thread where there is much to do: who is held up leaves the rest to the others.
  const int64_t most = std::min<int64_t>(rows, 4 * stream.threads());
  const int parts = static_cast<int>(std::clamp<int64_t>(elements / kElementsWorthAThread, 2, most));
  stream.parallel_for(parts, [&](int part) {
    const Range range = split_range(rows, 1, parts, part);
    f(range.begin, range.end);
  });
}

}  // namespace nagare
