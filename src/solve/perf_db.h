// The measurements of this device: which solver took how long on which problem, and which were found not to
// work.
//
// Everything about this device is in memory after open(). Nothing odd in it is ever a failure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "solve/measurement.h"

namespace nagare {

class PerfDb {
 public:
  // Kept nowhere: for tests, and where there is no folder to keep it in.
  static PerfDb in_memory() { return {}; }

  // What is known of this version of the solver on this problem; null where nothing is. Valid until the next
  // store().
  const Measurement* find(std::string_view problem, std::string_view solver, int version) const;
  // Replaces what was known.
  void store(const Measurement& measurement);

  size_t size() const { return size_; }

 private:
  PerfDb() = default;

  std::unordered_map<std::string, std::vector<Measurement>> by_problem_;
  size_t size_ = 0;
};

}  // namespace nagare
