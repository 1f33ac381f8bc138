#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "runtime/cpu/memory_limits.h"
#include "runtime/device_traits.h"
#include "support/sanitized.h"

namespace nagare {
namespace {

// A made-up /proc and /sys.
class MemoryLimits : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("nagare_limits_" + std::to_string(getpid()));
    write("proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:   12000000 kB\n");
    write("proc/self/status", "VmSize: 1000 kB\nVmData: 500 kB\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::filesystem::path root_;
};

TEST_F(MemoryLimits, WithoutALimitTheMachineDecides) {
  EXPECT_EQ(memory_limit_bytes(root_), 16000000LL << 10);
  EXPECT_EQ(available_memory_bytes(root_), 12000000LL << 10);
}

TEST_F(MemoryLimits, ACgroupCountsWithAllThatContainIt) {
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  write("sys/fs/cgroup/outer/inner/memory.current", "100\n");
  write("sys/fs/cgroup/outer/memory.max", "1000000\n");
  write("sys/fs/cgroup/outer/memory.current", "700000\n");
  write("sys/fs/cgroup/outer/memory.stat", "anon 400000\ninactive_file 200000\n");
  EXPECT_EQ(memory_limit_bytes(root_), 1000000);
  EXPECT_EQ(available_memory_bytes(root_), 1000000 - (700000 - 200000));
}

TEST_F(MemoryLimits, CgroupsOfTheFirstVersion) {
  write("proc/self/cgroup", "5:cpuset,memory:/docker/x\n3:cpu:/docker/x\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "2000000\n");
  write("sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes", "2500000\n");
  EXPECT_EQ(memory_limit_bytes(root_), 2000000);
  EXPECT_EQ(available_memory_bytes(root_), 0);
}

TEST_F(MemoryLimits, FilesThatSayNothingLimitNothing) {
  write("proc/self/cgroup", "nonsense\n0::/a\n\n");
  write("sys/fs/cgroup/a/memory.max", "");
  EXPECT_EQ(available_memory_bytes(root_), 12000000LL << 10);
}

TEST_F(MemoryLimits, TheProcessesOwnLimitCounts) {
  if (test::kSanitized) GTEST_SKIP() << "a sanitizer's own memory is past the limit set here";
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_DATA, &before), 0);
  rlimit lower = before;
  lower.rlim_cur = 1000000 << 10;
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &lower), 0);
  EXPECT_EQ(memory_limit_bytes(root_), 1000000LL << 10);
  EXPECT_EQ(available_memory_bytes(root_), (1000000LL - 500) << 10);
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &before), 0);
}

TEST_F(MemoryLimits, ThisMachineHasSome) {
  EXPECT_GT(available_memory_bytes(), 1 << 20);
  EXPECT_GE(memory_limit_bytes("/"), available_memory_bytes());
}

}  // namespace
}  // namespace nagare
