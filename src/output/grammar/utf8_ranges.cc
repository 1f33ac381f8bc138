#include "output/grammar/utf8_ranges.h"

#include <algorithm>
#include <string>

#include "base/utf8.h"

namespace nagare {
namespace {

constexpr std::array<char32_t, 4> kLastOfLength{0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

std::array<uint8_t, 4> encoded(char32_t code_point) {
  std::string text;
  append_utf8(text, code_point);
  std::array<uint8_t, 4> bytes{};
  for (size_t i = 0; i < std::min(text.size(), bytes.size()); ++i) bytes[i] = static_cast<uint8_t>(text[i]);
  return bytes;
}

// Both ends have the same number of bytes.
void append_same_length(CodePointRange range, int32_t length, std::vector<Utf8Sequence>& sequences) {
  // Where the ends differ above their last i continuation bytes, these bytes must run over all their values;
  // what sticks out at either end is split off.
  for (int32_t i = 1; i < length; ++i) {
    const auto low_bits = static_cast<char32_t>((1 << (6 * i)) - 1);
    if ((range.first & ~low_bits) == (range.last & ~low_bits)) continue;
    if ((range.first & low_bits) != 0) {
      append_same_length({range.first, range.first | low_bits}, length, sequences);
      append_same_length({(range.first | low_bits) + 1, range.last}, length, sequences);
      return;
    }
    if ((range.last & low_bits) != low_bits) {
      append_same_length({range.first, (range.last & ~low_bits) - 1}, length, sequences);
      append_same_length({range.last & ~low_bits, range.last}, length, sequences);
      return;
    }
  }
  sequences.push_back({.length = length, .first = encoded(range.first), .last = encoded(range.last)});
}

}  // namespace

void append_utf8_sequences(CodePointRange range, std::vector<Utf8Sequence>& sequences) {
  char32_t first = range.first;
  for (int32_t length = 1; length <= 4 && first <= range.last; ++length) {
    const char32_t last = std::min(range.last, kLastOfLength[static_cast<size_t>(length - 1)]);
    if (first > last) continue;
    append_same_length({first, last}, length, sequences);
    first = last + 1;
  }
}

}  // namespace nagare
