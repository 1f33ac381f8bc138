#include "support/test_data.h"

#include <unistd.h>

#include <cstdlib>

namespace nagare::test {

std::optional<std::filesystem::path> test_data_folder() {
  if (const char* folder = std::getenv("NAGARE_TEST_DATA"); folder != nullptr) {
    if (std::filesystem::is_directory(folder)) return folder;
    return std::nullopt;
  }
  const std::filesystem::path beside = source_folder() / ".." / "shared" / "data";
  if (std::filesystem::is_directory(beside)) return std::filesystem::canonical(beside);
  return std::nullopt;
}

std::filesystem::path source_folder() {
  return NAGARE_SOURCE_DIR;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "nagare-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace nagare::test
