// Where the larger test data lies: $NAGARE_TEST_DATA, else ../shared/data beside the checkout. Tests that
// need it skip, and say so, where neither exists.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace nagare::test {

// The folder, or nothing where there is none.
std::optional<std::filesystem::path> test_data_folder();

// The root of the source tree, for data that ships with the project (zoo/, tests/…).
std::filesystem::path source_folder();

// A fresh folder below the system's temporary one, removed at exit of the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nagare::test

// In a test body: `const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/vocab");`
#define NAGARE_TEST_DATA_OR_SKIP(relative)                                               \
  ({                                                                                     \
    const auto root_ = ::nagare::test::test_data_folder();                               \
    if (!root_ || !std::filesystem::exists(*root_ / (relative)))                         \
      GTEST_SKIP() << "needs the test data " << (relative) << " (set NAGARE_TEST_DATA)"; \
    *root_ / (relative);                                                                 \
  })
