// Looks for vendors' libraries by file name, loading none: that would cost ten milliseconds a start.
#include <array>
#include <cstdlib>
#include <filesystem>

#include "runtime/device_traits.h"

namespace nagare {
namespace {

namespace fs = std::filesystem;

struct Wanted {
  const char* name;
  const char* file;
};
constexpr Wanted kWanted[] = {{"onednn", "libdnnl.so.2"}, {"openblas", "libopenblas.so.0"}};

// The loader's usual folders; LD_LIBRARY_PATH comes first, as it does for the loader.
std::vector<fs::path> library_folders() {
  std::vector<fs::path> folders;
  if (const char* text = std::getenv("LD_LIBRARY_PATH"); text != nullptr) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t colon = std::min(rest.find(':'), rest.size());
      if (const std::string_view folder = rest.substr(0, colon); folder.starts_with('/'))
        folders.emplace_back(folder);
      rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
  }
  for (const char* folder : {"/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
                             "/usr/lib64", "/usr/lib"})
    folders.emplace_back(folder);
  return folders;
}

// The digits and dots of a real file's name: "libdnnl.so.2.6" is 2.6, "libopenblasp-r0.3.21.so" 0.3.21.
std::string version_of(const std::string& file_name) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string version;
  for (size_t begin = 0; begin < file_name.size(); ++begin) {
    if (!is_digit(file_name[begin])) continue;
    size_t end = begin;
    while (end < file_name.size() && (is_digit(file_name[end]) || file_name[end] == '.')) ++end;
    std::string run = file_name.substr(begin, end - begin);
    while (run.ends_with('.')) run.pop_back();
    if (run.size() > version.size()) version = run;
    begin = end;
  }
  return version.empty() ? "unknown" : version;
}

}  // namespace

std::vector<LibraryTraits> find_libraries() {
  const std::vector<fs::path> folders = library_folders();
  std::vector<LibraryTraits> found;
  for (const Wanted& wanted : kWanted) {
    for (const fs::path& folder : folders) {
      std::error_code error;
      const fs::path real = fs::canonical(folder / wanted.file, error);
      if (error) continue;
      found.push_back({.name = wanted.name,
                       .version = version_of(real.filename().string()),
                       .path = (folder / wanted.file).string()});
      break;
    }
  }
  return found;
}

}  // namespace nagare
