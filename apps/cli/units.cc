#include "units.h"

#include <fmt/format.h>

#include <array>

namespace nagare::cli {
namespace {

// "1.10 G", "668 M", "96": three digits and the prefix.
std::string scaled(double value) {
  constexpr std::array<const char*, 6> kPrefixes{"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  // 999.5 would print as 1000.
  for (; value >= 999.5 && prefix + 1 < kPrefixes.size(); ++prefix) value /= 1000;
  const int decimals = prefix == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, kPrefixes[prefix]);
}

}  // namespace

std::string bytes_text(uint64_t bytes) {
  return scaled(static_cast<double>(bytes)) + "B";
}

std::string count_text(uint64_t count) {
  std::string text = scaled(static_cast<double>(count));
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string rate_text(double rate, const char* unit) {
  return scaled(rate) + unit;
}

}  // namespace nagare::cli
