#include "solve/cache_folder.h"

#include <cstdlib>

namespace nagare {
namespace {

std::filesystem::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

}  // namespace

Result<std::filesystem::path> cache_folder() {
  if (auto folder = environment_path("NAGARE_CACHE"); !folder.empty()) return folder;
  if (auto folder = environment_path("XDG_CACHE_HOME"); folder.is_absolute()) return folder / "nagare";
  if (auto home = environment_path("HOME"); !home.empty()) return home / ".cache" / "nagare";
  return failure("no cache folder: set NAGARE_CACHE or HOME");
}

}  // namespace nagare
