// What a device is, as plain data: enough to decide which solvers apply, without the device being there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_features.h"
#include "base/result.h"

namespace nagare {

enum class DeviceKind : uint8_t { kCpu };

// A vendor library that solvers may call, as found on this machine.
struct LibraryTraits {
  std::string name;     // "onednn"
  std::string version;  // "2.6"; "unknown" where the file's name does not tell
  std::string path;     // what to load
};

struct DeviceTraits {
  DeviceKind kind = DeviceKind::kCpu;
  std::string name;       // the processor's own name
  CpuFeatures cpu;        // what may be used (after NAGARE_CPU)
  int compute_units = 1;  // cores that this process may use (affinity and cgroup quota respected)
  int threads = 1;        // threads that kernels will run on
  int64_t l1d_bytes = 32 << 10;
  int64_t l2_bytes = 512 << 10;
  int64_t l3_bytes = 8 << 20;
  int64_t memory_bytes = 0;  // limit of this process: physical memory or the cgroup's, whichever is smaller
  int64_t physical_memory_bytes = 0;
  std::vector<LibraryTraits> libraries;

  // The library of that name; null where it was not found.
  const LibraryTraits* library(std::string_view wanted) const {
    for (const LibraryTraits& found : libraries) {
      if (found.name == wanted) return &found;
    }
    return nullptr;
  }

  // One line that changes when a measurement made on this device would no longer hold: the perf-db's device
  // key.
  std::string fingerprint() const;
};

// The processor that we run on. `threads` 0 means one per usable core.
Result<DeviceTraits> detect_cpu(int threads);

// The vendor libraries of this machine; none is loaded.
std::vector<LibraryTraits> find_libraries();

// Bytes that this process may still take: free memory or what is left below the cgroup's limit.
int64_t available_memory_bytes();

}  // namespace nagare
