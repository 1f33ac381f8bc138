#include "engine/device_report.h"

#include "base/cpu_features.h"
#include "runtime/device.h"

namespace nagare {

Result<DeviceReport> report_device(int threads, bool measure) {
  ASSIGN_OR_RETURN(const auto device, Device::open_cpu(threads));
  DeviceReport report{.traits = device->traits(), .available_bytes = available_memory_bytes()};
  report.instruction_sets = describe(report.traits.cpu);
  const CpuFeatures all = detect_cpu_features();
  if (!(all == report.traits.cpu)) report.hidden_instruction_sets = describe(all);
  if (measure) {
    ASSIGN_OR_RETURN(report.limits,
                     measure_machine_limits(device->stream(), report.traits, report.traits.threads));
  }
  return report;
}

}  // namespace nagare
