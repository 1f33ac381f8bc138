// What Python's str knows of characters, over UTF-8: code points, classes, case. All text here is valid
// UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "prepare/chat_template/text.h"

namespace nagare::chat_template {

// Whether the bytes are UTF-8 as the standard wants it: no overlong form, no surrogate, nothing past
// U+10FFFF.
bool is_valid_utf8(std::string_view bytes);

// Reads the character at `*position` and moves past it.
char32_t next_char(std::string_view text, size_t* position);
// The byte where the character before `position` (> 0) begins.
size_t previous_char(std::string_view text, size_t position);
size_t count_chars(std::string_view text);
// The byte offset of the character with this index, or the size of the text where it has fewer.
size_t byte_of_char(std::string_view text, size_t char_index);
void append_utf8(std::string* out, char32_t c);

// Python's classes of characters: str.isspace and so on.
bool is_space(char32_t c);
bool is_line_break(char32_t c);  // where splitlines() splits
bool is_alpha(char32_t c);
bool is_decimal(char32_t c);
bool is_digit(char32_t c);
bool is_numeric(char32_t c);
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_title(char32_t c);
bool is_printable(char32_t c);
bool is_identifier(std::string_view text);
inline bool is_alnum(char32_t c) {
  return is_alpha(c) || is_decimal(c) || is_digit(c) || is_numeric(c);
}
inline bool is_word_char(char32_t c) {
  return c == U'_' || is_alnum(c);
}
int decimal_value(char32_t c);  // 0 to 9, where is_decimal

enum class CaseMap { kUpper, kLower, kTitle, kFold, kSwap };
// Each character keeps its origin, also where it becomes several.
Text map_case(const Text& text, CaseMap map);
Text title_case(const Text& text);  // str.title(): the first letter of every word
Text capitalise(const Text& text);  // str.capitalize(): the first letter of all
// lower() of [begin, end) of a text, appended to `out`; context (the final sigma) is taken from the range.
void append_mapped(Text* out, const Text& text, size_t begin, size_t end, CaseMap map);

}  // namespace nagare::chat_template
