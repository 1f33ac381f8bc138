// Numbers to and from text, as Python writes and reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

std::string integer_text(Integer value);
// repr(float): the shortest decimal that reads back as the same double; 1e16 and beyond, and below 1e-4, with
// an exponent. "inf", "-inf", "nan".
std::string float_text(double value);

// With `precision` (at most 400) digits after the point, halves to even, decided on the exact binary value.
std::string fixed_text(double value, int precision);

// int(text, base): surrounding white space, a sign, single underscores between digits, any Unicode digits;
// base 0 reads 0x, 0o and 0b. Nothing where the text is no integer or has more than 127 bits.
std::optional<Integer> parse_integer(std::string_view text, int base);
// float(text): likewise; inf, infinity and nan in any case.
std::optional<double> parse_float(std::string_view text);

// int(float), nothing for an infinity, a NaN, or more than 127 bits.
std::optional<Integer> truncate_float(double value);

// The number literal at the beginning of template code that begins with a digit.
struct NumberLength {
  size_t bytes;
  bool is_float;
};
NumberLength number_length(std::string_view code, bool may_be_float);

}  // namespace nagare::chat_template
