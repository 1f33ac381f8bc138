// Every allocation of opening a file made to fail, one after the other: an error each time, and nothing
// leaks. A program of its own, because it replaces the allocator.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "formats/gguf/gguf_file.h"
#include "formats/gguf/gguf_split.h"
#include "formats/gguf_bytes.h"
#include "support/failing_allocator.h"
#include "support/test_data.h"

namespace nagare {
namespace {

// Calls `open` with the first, second … allocation failing until it needs no more; returns how many it
// needed.
template <class Open>
int fail_each_allocation(Open open) {
  for (int count = 0;; ++count) {
    test::g_failed = false;
    test::g_allocations_left = count;
    const auto file = open();
    test::g_allocations_left = -1;
    if (!test::g_failed) {
      EXPECT_TRUE(file) << file.error().message;
      return count;
    }
    if (file) continue;  // one that could do without, such as a sort's buffer
    EXPECT_EQ(file.error().kind, ErrorKind::kOutOfMemory) << file.error().message;
    EXPECT_NE(file.error().message.find("not enough memory"), std::string::npos) << file.error().message;
  }
}

TEST(GgufMemory, EveryFailedAllocationIsAnError) {
  const auto bytes = test::small_valid_gguf();
  EXPECT_GE(fail_each_allocation([&] { return GgufFile::parse(bytes); }), 5);
}

TEST(GgufMemory, EveryFailedAllocationOfOpeningAFileIsAnError) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "small.gguf";
  const auto bytes = test::small_valid_gguf();
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  EXPECT_GE(fail_each_allocation([&] { return GgufFile::open(path); }), 5);
  EXPECT_GE(fail_each_allocation([&] { return open_gguf_model(path); }), 5);
}

}  // namespace
}  // namespace nagare
