// What was learnt about one solver on one problem on this device: its time, or why it may not be used.
#pragma once

#include <cstdint>
#include <string>

#include "solve/verdict.h"

namespace nagare {

struct Measurement {
  std::string problem{};  // the canonical problem line
  std::string solver{};   // its id
  int version = 1;        // the solver's version that was measured
  double seconds = 0;     // median of one run; valid where `refusal` is none
  double error = 0;       // Trial::error() against the reference; valid where it was reached
  Refusal refusal = Refusal::kNone;
  std::string reason{};         // of the refusal
  int64_t measured_unix_s = 0;  // 0: unknown

  bool usable() const { return refusal == Refusal::kNone; }
  // For later runs. A lack of memory may have passed by then.
  bool is_worth_storing() const { return refusal != Refusal::kMemory; }
};

}  // namespace nagare
