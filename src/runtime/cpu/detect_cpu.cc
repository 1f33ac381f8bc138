// Reads the processor from sysfs, procfs and the cgroup.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string>

#include "runtime/cpu/memory_limits.h"
#include "runtime/device_traits.h"

namespace nagare {
namespace {

std::string read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

int64_t parse_size(const std::string& text, int64_t fallback) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return fallback;
  if (end != text.data() + text.size() && *end == 'K') return value << 10;
  if (end != text.data() + text.size() && *end == 'M') return value << 20;
  return value;
}

int64_t cache_bytes(int level, const char* type, int64_t fallback) {
  for (int index = 0; index < 6; ++index) {
    const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index);
    if (read_line(folder + "/level") != std::to_string(level)) continue;
    if (read_line(folder + "/type") != type) continue;
    return parse_size(read_line(folder + "/size"), fallback);
  }
  return fallback;
}

std::string processor_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

// Cores by affinity, less where the cgroup grants a smaller share of time.
int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set)
                                                           : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  std::ifstream quota_file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (quota_file >> quota >> period && quota != "max" && period > 0) {
    cores = std::min(cores, static_cast<int>(std::ceil(std::stod(quota) / period)));
  }
  return std::max(1, cores);
}

}  // namespace

std::string DeviceTraits::fingerprint() const {
  std::string line = fmt::format("cpu {} {} threads={} l2={} l3={}", name, describe(cpu), threads,
                                 l2_bytes >> 10, l3_bytes >> 10);
  for (const LibraryTraits& library : libraries) line += fmt::format(" {}={}", library.name, library.version);
  return line;
}

Result<DeviceTraits> detect_cpu(int threads) {
  DeviceTraits found;
  ASSIGN_OR_RETURN(found.cpu, usable_cpu_features());
  if (threads < 0 || threads > 1024) return bad_input("threads must be between 1 and 1024, not {}", threads);
  found.name = processor_name();
  found.compute_units = usable_cores();
  found.threads = threads == 0 ? found.compute_units : threads;
  found.l1d_bytes = cache_bytes(1, "Data", found.l1d_bytes);
  found.l2_bytes = cache_bytes(2, "Unified", found.l2_bytes);
  found.l3_bytes = cache_bytes(3, "Unified", found.l3_bytes);
  found.memory_bytes = memory_limit_bytes("/");
  found.physical_memory_bytes = physical_memory_bytes("/");
  found.libraries = find_libraries();
  return found;
}

}  // namespace nagare
