// What kind of character a code point is, as the pre-tokenizers' rules ask: \p{L}, \p{Lu}, \p{N}, \p{P}, \s …
// The categories are Unicode's (utf8proc), white space is the White_Space property.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/utf8.h"

namespace nagare {

// Bits; a character has one category and may be white space or a line end besides.
enum CharClass : uint16_t {
  kUpper = 1 << 0,          // Lu, Lt
  kLower = 1 << 1,          // Ll
  kOtherLetter = 1 << 2,    // Lm, Lo
  kMark = 1 << 3,           // M
  kDigit = 1 << 4,          // Nd
  kOtherNumber = 1 << 5,    // No
  kPunctuation = 1 << 6,    // P
  kSymbol = 1 << 7,         // S
  kControlChar = 1 << 8,    // Cc, Cf, Co, Cs
  kOther = 1 << 9,          // Z, and what is not assigned
  kSpace = 1 << 10,         // \s
  kNewline = 1 << 11,       // \r and \n only
  kLetterNumber = 1 << 12,  // Nl

  kLetter = kUpper | kLower | kOtherLetter,         // \p{L}
  kNumber = kDigit | kLetterNumber | kOtherNumber,  // \p{N}
};

// For code points from 0x80 on.
uint16_t wide_char_class(char32_t code_point);

constexpr uint16_t ascii_char_class(uint8_t c) {
  if (c >= 'a' && c <= 'z') return kLower;
  if (c >= 'A' && c <= 'Z') return kUpper;
  if (c >= '0' && c <= '9') return kDigit;
  if (c == ' ') return kOther | kSpace;
  if (c == '\r' || c == '\n') return kControlChar | kSpace | kNewline;
  if (c >= '\t' && c <= '\f') return kControlChar | kSpace;
  if (c < ' ' || c == 0x7F) return kControlChar;
  constexpr std::string_view kSymbols = "$+<=>^`|~";
  return kSymbols.contains(static_cast<char>(c)) ? kSymbol : kPunctuation;
}

constexpr std::array<uint16_t, 128> make_ascii_classes() {
  std::array<uint16_t, 128> classes{};
  for (uint8_t c = 0; c < 128; ++c) classes[c] = ascii_char_class(c);
  return classes;
}
inline constexpr std::array<uint16_t, 128> kAsciiClasses = make_ascii_classes();

inline uint16_t char_class(char32_t code_point) {
  return code_point < 128 ? kAsciiClasses[code_point] : wide_char_class(code_point);
}

// The canonical decomposition (NFD) of one code point; itself where it has none. At most 4 parts.
class Decomposed {
 public:
  const char32_t* begin() const { return parts.data(); }
  const char32_t* end() const { return parts.data() + count; }
  std::array<char32_t, 4> parts{};
  int count = 0;
};
Decomposed decompose(char32_t code_point);
bool is_nonspacing_mark(char32_t code_point);  // \p{Mn}
char32_t lowercase(char32_t code_point);       // the simple mapping: one for one

// Is it of the Han script (Unicode 15, Scripts.txt)?
bool is_han(char32_t code_point);

}  // namespace nagare
