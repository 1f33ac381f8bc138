// UTF-8, one character at a time, strictly: overlong forms, surrogates and code points past U+10FFFF are
// invalid (Unicode 15, table 3-7). For texts from outside; nothing here allocates except append_utf8's
// string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nagare {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;
inline constexpr std::string_view kReplacementUtf8 = "\xEF\xBF\xBD";

struct Utf8Char {
  char32_t code_point = kReplacementCharacter;
  // How many bytes belong to it. For an invalid one: the longest beginning of a valid character that is
  // there, at least 1 ("maximal subpart", as Unicode advises and Python's errors='replace' does).
  uint8_t byte_count = 1;
  bool valid = false;
  // Invalid only because the text ends inside it: more bytes could make it valid.
  bool cut_off = false;
};

// The character at `next`; next < end.
constexpr Utf8Char decode_utf8(const char* next, const char* end) {
  const auto byte_at = [&](int i) { return static_cast<uint8_t>(next[i]); };
  const uint8_t lead = byte_at(0);
  if (lead < 0x80) return {lead, 1, true, false};
  uint8_t length = 0;
  uint8_t second_low = 0x80, second_high = 0xBF;  // what the second byte may be, by the lead byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) second_low = 0xA0;   // overlong below
    if (lead == 0xED) second_high = 0x9F;  // surrogates above
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) second_low = 0x90;   // overlong below
    if (lead == 0xF4) second_high = 0x8F;  // past U+10FFFF above
  } else {
    return {};
  }
  char32_t code_point = lead & (0xFF >> (length + 1));
  for (uint8_t i = 1; i < length; ++i) {
    if (next + i == end) return {kReplacementCharacter, i, false, true};
    const uint8_t byte = byte_at(i);
    const bool fits = i == 1 ? byte >= second_low && byte <= second_high : (byte & 0xC0) == 0x80;
    if (!fits) return {kReplacementCharacter, i, false, false};
    code_point = (code_point << 6) | (byte & 0x3F);
  }
  return {code_point, length, true, false};
}

// Appends a code point that is a Unicode scalar value (not a surrogate, at most U+10FFFF).
inline void append_utf8(std::string& text, char32_t code_point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0 | (code_point >> 6));
    text += tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xE0 | (code_point >> 12));
    text += tail(6);
    text += tail(0);
  } else {
    text += static_cast<char>(0xF0 | (code_point >> 18));
    text += tail(12);
    text += tail(6);
    text += tail(0);
  }
}

// How many bytes at the beginning of `text` are valid.
constexpr size_t valid_utf8_prefix_bytes(std::string_view text) {
  const char* next = text.data();
  const char* const end = next + text.size();
  while (next < end) {
    if (static_cast<uint8_t>(*next) < 0x80) {
      ++next;
      continue;
    }
    const Utf8Char c = decode_utf8(next, end);
    if (!c.valid) break;
    next += c.byte_count;
  }
  return static_cast<size_t>(next - text.data());
}

}  // namespace nagare
