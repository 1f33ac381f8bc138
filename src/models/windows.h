// Which layers see only the last positions (sliding windows; Beltagy et al., 2020).
#pragma once

#include <vector>

#include "models/model_reader.h"

namespace nagare {

struct Windows {
  int64_t positions = 0;         // that a windowed layer sees; 0: no layer has a window
  std::vector<bool> has_window;  // per layer

  // The window of a layer; 0: it sees everything.
  int64_t of(int32_t layer) const { return has_window[static_cast<size_t>(layer)] ? positions : 0; }
};

// From `attention.sliding_window` (else `positions`) and `attention.sliding_window_pattern`: a flag per
// layer, or a period (else `period`) of which the last layer sees everything and the others have the window;
// period 0: all have it.
Windows read_windows(ModelReader& reader, const Hyperparameters& h, int64_t positions, int64_t period);

}  // namespace nagare
