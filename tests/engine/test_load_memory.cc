// bad-inputs 66: allocations of loading a model made to fail, one after the other: an error each time, and
// nothing leaks. A program of its own, because it replaces the allocator.
#include <gtest/gtest.h>

#include "engine/random_model_file.h"
#include "engine/text_model.h"
#include "support/failing_allocator.h"
#include "support/test_data.h"

namespace nagare {
namespace {

TEST(LoadMemory, FailedAllocationsAreErrors) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const test::RandomModelFile file(path, {.layers = 1, .width = 32, .feed_forward = 32, .vocabulary = 260});
  const TextModelOptions options{.threads = 1, .policy = {.find = FindMode::kOff}, .use_perf_db = false};
  int errors = 0;
  // All of the first allocations, then every twelfth or so: each stage of loading has its turn.
  for (int count = 0;; count += 1 + count / 400 * 11) {
    test::g_failed = false;
    test::g_allocations_left = count;
    const auto model = TextModel::load(path, options, {});
    test::g_allocations_left = -1;
    if (!test::g_failed) {
      EXPECT_TRUE(model) << model.error().message;
      break;
    }
    if (model) continue;  // one that could do without, such as a sort's buffer
    ++errors;
    EXPECT_EQ(model.error().kind, ErrorKind::kOutOfMemory) << model.error().message;
    EXPECT_NE(model.error().message.find("memory"), std::string::npos) << model.error().message;
  }
  EXPECT_GT(errors, 300);
}

}  // namespace
}  // namespace nagare
