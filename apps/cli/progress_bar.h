// How far something is, on one row of a terminal; nothing where stderr is none.
#pragma once

#include <cstddef>
#include <string_view>

#include "terminal.h"

namespace nagare::cli {

class ProgressBar {
 public:
  explicit ProgressBar(bool wanted = true);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Draws `done` of `total`, and what comes next as far as there is room.
  void show(size_t done, size_t total, std::string_view what);
  // Leaves the row as it was before.
  void clear();

 private:
  Terminal terminal_;
  bool shown_ = false;
};

}  // namespace nagare::cli
