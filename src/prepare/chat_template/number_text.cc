#include "prepare/chat_template/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

std::string_view strip_space(std::string_view text) {
  size_t begin = 0;
  while (begin < text.size()) {
    size_t next = begin;
    if (!is_space(next_char(text, &next))) break;
    begin = next;
  }
  size_t end = text.size();
  while (end > begin) {
    const size_t before = previous_char(text, end);
    size_t read = before;
    if (!is_space(next_char(text, &read))) break;
    end = before;
  }
  return text.substr(begin, end - begin);
}

// The text with every Unicode digit as its ASCII digit; other characters beyond ASCII become '?'.
std::string to_ascii_digits(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = next_char(text, &i);
    if (c < 0x80) {
      result.push_back(static_cast<char>(c));
    } else {
      result.push_back(is_decimal(c) ? static_cast<char>('0' + decimal_value(c)) : '?');
    }
  }
  return result;
}

bool is_digit_char(char c) {
  return c >= '0' && c <= '9';
}

// Removes single underscores that stand between digits; false where one stands elsewhere.
bool remove_underscores(std::string* text) {
  std::string result;
  for (size_t i = 0; i < text->size(); ++i) {
    if ((*text)[i] != '_') {
      result.push_back((*text)[i]);
      continue;
    }
    const auto alnum_at = [&](size_t at) { return at < text->size() && std::isalnum((*text)[at]) != 0; };
    if (i == 0 || !alnum_at(i - 1) || !alnum_at(i + 1)) return false;
  }
  *text = std::move(result);
  return true;
}

int digit_in_any_base(char c) {
  if (is_digit_char(c)) return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

int base_of_prefix(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  switch (text[1] | 0x20) {
    case 'x':
      return 16;
    case 'o':
      return 8;
    case 'b':
      return 2;
    default:
      return 10;
  }
}

// Bytes of digits with single underscores between them.
size_t digits_length(std::string_view code, size_t from) {
  size_t i = from;
  while (i < code.size()) {
    if (is_digit_char(code[i])) {
      ++i;
    } else if (code[i] == '_' && i > from && i + 1 < code.size() && is_digit_char(code[i + 1])) {
      ++i;
    } else {
      break;
    }
  }
  return i - from;
}

size_t exponent_length(std::string_view code, size_t from) {
  if (from >= code.size() || (code[from] | 0x20) != 'e') return 0;
  size_t i = from + 1;
  if (i < code.size() && (code[i] == '+' || code[i] == '-')) ++i;
  const size_t digits = digits_length(code, i);
  return digits == 0 ? 0 : i + digits - from;
}

size_t prefixed_length(std::string_view code, int base) {
  size_t i = 2;
  while (i < code.size()) {
    const size_t digit = code[i] == '_' ? i + 1 : i;
    if (digit >= code.size() || digit_in_any_base(code[digit]) >= base) break;
    i = digit + 1;
  }
  return i > 2 ? i : 0;
}

}  // namespace

std::string integer_text(Integer value) {
  return fmt::format("{}", value);
}

std::string float_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 400> buffer{};
  const auto scientific =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  std::string shortest(buffer.data(), scientific.ptr);
  const int exponent = std::atoi(shortest.c_str() + shortest.find('e') + 1);
  if (exponent < -4 || exponent >= 16) return shortest;
  const auto fixed =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  std::string result(buffer.data(), fixed.ptr);
  if (result.find('.') == std::string::npos) result += ".0";
  return result;
}

std::string fixed_text(double value, int precision) {
  std::array<char, 800> buffer{};  // 309 digits before the point
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, precision);
  return std::string(buffer.data(), end.ptr);
}

std::optional<Integer> parse_integer(std::string_view text, int base) {
  std::string digits = to_ascii_digits(strip_space(text));
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.erase(0, 1);
  }
  const int prefix_base = base_of_prefix(digits);
  const bool base_from_text = base == 0;
  if (base_from_text) base = prefix_base;
  if (prefix_base == base && base != 10) {
    digits.erase(0, 2);
    if (!digits.empty() && digits[0] == '_') digits.erase(0, 1);
  }
  if (!remove_underscores(&digits) || digits.empty()) return std::nullopt;
  // With the base in the text, a decimal number other than zero does not begin with 0.
  if (base_from_text && base == 10 && digits[0] == '0' &&
      digits.find_first_not_of('0') != std::string::npos) {
    return std::nullopt;
  }
  Integer value = 0;
  for (const char c : digits) {
    const int digit = digit_in_any_base(c);
    if (digit >= base) return std::nullopt;
    if (__builtin_mul_overflow(value, static_cast<Integer>(base), &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<Integer>(digit), &value)) return std::nullopt;
  }
  return negative ? -value : value;
}

std::optional<double> parse_float(std::string_view text) {
  std::string digits = to_ascii_digits(strip_space(text));
  if (!remove_underscores(&digits) || digits.empty()) return std::nullopt;
  const size_t unsigned_at = digits[0] == '-' || digits[0] == '+' ? 1 : 0;
  std::string word = digits.substr(unsigned_at);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return static_cast<char>(std::tolower(c)); });
  const double sign = digits[0] == '-' ? -1.0 : 1.0;
  if (word == "inf" || word == "infinity") return sign * std::numeric_limits<double>::infinity();
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (word.empty() || word.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
  double value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ptr != word.data() + word.size() || word[0] == '-' || word[0] == '+') return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) value = std::strtod(word.c_str(), nullptr);
  return parsed.ec == std::errc::invalid_argument ? std::nullopt : std::optional(sign * value);
}

std::optional<Integer> truncate_float(double value) {
  constexpr double kLimit = 1.7014118346046923e38;  // 2^127
  if (!(value > -kLimit && value < kLimit)) return std::nullopt;
  return static_cast<Integer>(value);
}

NumberLength number_length(std::string_view code, bool may_be_float) {
  const size_t whole = digits_length(code, 0);
  if (may_be_float) {
    size_t end = whole;
    if (end < code.size() && code[end] == '.') {
      if (const size_t fraction = digits_length(code, end + 1); fraction > 0) end += 1 + fraction;
    }
    end += exponent_length(code, end);
    if (end > whole) return {end, true};
  }
  if (const int base = base_of_prefix(code); base != 10) {
    if (const size_t length = prefixed_length(code, base); length > 0) return {length, false};
  }
  if (code[0] != '0') return {whole, false};
  size_t zeros = 1;
  while (zeros < whole && (code[zeros] == '0' || (code[zeros] == '_' && code[zeros + 1] == '0'))) ++zeros;
  return {zeros, false};
}

}  // namespace nagare::chat_template
