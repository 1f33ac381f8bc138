#include "read_input.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/printable.h"

namespace nagare::cli {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 30;

bool is_separator(char c) {
  return c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_separator(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_separator(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::string> read_input(const std::string& path) {
  const bool is_stdin = path == "-";
  std::unique_ptr<FILE, int (*)(FILE*)> opened(nullptr, std::fclose);
  if (!is_stdin) {
    opened.reset(std::fopen(path.c_str(), "rbe"));
    if (opened == nullptr) return bad_input("cannot read {}: {}", printable(path), std::strerror(errno));
  }
  FILE* const file = is_stdin ? stdin : opened.get();
  std::string text;
  std::array<char, 1 << 16> buffer;
  while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), file)) {
    if (text.size() + got > kMaxBytes) {
      return bad_input("cannot read {}: it has more than {} bytes", printable(path), grouped(kMaxBytes));
    }
    text.append(buffer.data(), got);
  }
  if (std::ferror(file) != 0) return bad_input("cannot read {}: {}", printable(path), std::strerror(errno));
  return text;
}

Result<std::vector<int32_t>> parse_token_ids(std::string_view text) {
  std::string_view rest = trimmed(text);
  if (rest.starts_with('[') && rest.ends_with(']')) rest = trimmed(rest.substr(1, rest.size() - 2));
  std::vector<int32_t> ids;
  while (!rest.empty()) {
    int32_t id = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
    const auto length = static_cast<size_t>(end - rest.data());
    if (error != std::errc{} || (length < rest.size() && !is_separator(rest[length]))) {
      return bad_input("'{}' is no token id; write them as 1,2,3",
                       printable(rest.substr(0, rest.find_first_of(", \n\t\r")), 32));
    }
    ids.push_back(id);
    rest = trimmed(rest.substr(length));
  }
  return ids;
}

}  // namespace nagare::cli
