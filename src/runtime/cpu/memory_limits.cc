#include "runtime/cpu/memory_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "runtime/device_traits.h"

namespace nagare {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// The number at the beginning of a file; `otherwise` where there is none ("max", no such file).
int64_t number_in(const std::filesystem::path& path, int64_t otherwise) {
  std::ifstream file(path);
  std::string text;
  file >> text;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end != text.data() ? value : otherwise;
}

// "MemAvailable:   123 kB", in bytes.
int64_t kilobytes_line(const std::filesystem::path& path, const std::string& key, int64_t otherwise) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key + ":")) continue;
    const size_t digits = line.find_first_of("0123456789");
    if (digits == std::string::npos) return otherwise;
    int64_t value = 0;
    std::from_chars(line.data() + digits, line.data() + line.size(), value);
    return value << 10;
  }
  return otherwise;
}

// A line "key value" of memory.stat.
int64_t stat_line(const std::filesystem::path& path, const std::string& key) {
  std::ifstream file(path);
  std::string name;
  for (int64_t value = 0; file >> name >> value;) {
    if (name == key) return value;
  }
  return 0;
}

// The folders of the process's memory cgroup and of all that contain it.
struct Cgroups {
  std::vector<std::filesystem::path> v2;
  std::vector<std::filesystem::path> v1;
};

void add_levels(const std::filesystem::path& mount, std::filesystem::path inside,
                std::vector<std::filesystem::path>& folders) {
  for (inside = inside.relative_path(); !inside.empty(); inside = inside.parent_path()) {
    folders.push_back(mount / inside);
  }
  folders.push_back(mount);
}

Cgroups find_cgroups(const std::filesystem::path& root) {
  Cgroups found;
  std::ifstream file(root / "proc/self/cgroup");
  // "0::/user.slice/a" (version 2), "4:cpuset,memory:/docker/b" (version 1)
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    if (controllers == ",,") add_levels(root / "sys/fs/cgroup", line.substr(second + 1), found.v2);
    if (controllers.find(",memory,") != std::string::npos)
      add_levels(root / "sys/fs/cgroup/memory", line.substr(second + 1), found.v1);
  }
  return found;
}

// What a cgroup leaves; its page cache that is not in active use would be given back.
int64_t left_of(int64_t limit, int64_t used, int64_t reclaimable) {
  return std::max<int64_t>(0, limit - std::max<int64_t>(0, used - reclaimable));
}

int64_t soft_limit(__rlimit_resource resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kNoLimit;
  return static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, static_cast<rlim_t>(kNoLimit)));
}

}  // namespace

int64_t physical_memory_bytes(const std::filesystem::path& root) {
  return kilobytes_line(root / "proc/meminfo", "MemTotal", kNoLimit);
}

int64_t memory_limit_bytes(const std::filesystem::path& root) {
  int64_t limit = physical_memory_bytes(root);
  const Cgroups cgroups = find_cgroups(root);
  for (const auto& folder : cgroups.v2) limit = std::min(limit, number_in(folder / "memory.max", kNoLimit));
  for (const auto& folder : cgroups.v1)
    limit = std::min(limit, number_in(folder / "memory.limit_in_bytes", kNoLimit));
  return std::min({limit, soft_limit(RLIMIT_AS), soft_limit(RLIMIT_DATA)});
}

int64_t available_memory_bytes(const std::filesystem::path& root) {
  int64_t available = kilobytes_line(root / "proc/meminfo", "MemAvailable", kNoLimit);
  const Cgroups cgroups = find_cgroups(root);
  for (const auto& folder : cgroups.v2) {
    const int64_t limit = number_in(folder / "memory.max", kNoLimit);
    if (limit == kNoLimit) continue;
    available = std::min(available, left_of(limit, number_in(folder / "memory.current", 0),
                                            stat_line(folder / "memory.stat", "inactive_file")));
  }
  for (const auto& folder : cgroups.v1) {
    const int64_t limit = number_in(folder / "memory.limit_in_bytes", kNoLimit);
    if (limit == kNoLimit) continue;
    available = std::min(available, left_of(limit, number_in(folder / "memory.usage_in_bytes", 0),
                                            stat_line(folder / "memory.stat", "total_inactive_file")));
  }
  const std::filesystem::path status = root / "proc/self/status";
  if (const int64_t limit = soft_limit(RLIMIT_AS); limit != kNoLimit)
    available = std::min(available, left_of(limit, kilobytes_line(status, "VmSize", 0), 0));
  if (const int64_t limit = soft_limit(RLIMIT_DATA); limit != kNoLimit)
    available = std::min(available, left_of(limit, kilobytes_line(status, "VmData", 0), 0));
  return available;
}

int64_t available_memory_bytes() {
  return available_memory_bytes("/");
}

}  // namespace nagare
