// What nagare runs on: the processor, its memory, the libraries found, and what it can do at best. For
// `nagare devices`.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "runtime/cpu/machine_limits.h"
#include "runtime/device_traits.h"

namespace nagare {

struct DeviceReport {
  DeviceTraits traits;
  std::string instruction_sets;  // what may be used: "avx512 (vnni, bf16)"
  std::string
      hidden_instruction_sets;  // what the processor has beside, where NAGARE_CPU hides it; else empty
  int64_t available_bytes = 0;  // of memory, to this process, now
  MachineLimits limits;         // of all its threads together; zeros where they were not measured
};

// `threads` 0: one per usable core. Measuring takes about a third of a second.
Result<DeviceReport> report_device(int threads, bool measure);

}  // namespace nagare
