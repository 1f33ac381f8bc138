#include "prepare/chat_template/format_spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/text_functions.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

bool is_align(char c) {
  return c == '<' || c == '>' || c == '=' || c == '^';
}

// Reads digits as a number of at most 2^31.
Result<size_t> read_size(std::string_view text, size_t* at) {
  size_t value = 0;
  while (*at < text.size() && text[*at] >= '0' && text[*at] <= '9') {
    value = value * 10 + static_cast<size_t>(text[(*at)++] - '0');
    if (value > (size_t{1} << 31)) return bad_input("Too many decimal digits in format string");
  }
  return value;
}

bool take_char(std::string_view text, size_t* at, char wanted) {
  if (*at >= text.size() || text[*at] != wanted) return false;
  ++*at;
  return true;
}

std::string printed(const char* format, int precision, double value) {
  const int length = std::snprintf(nullptr, 0, format, precision, value);
  std::string text(static_cast<size_t>(std::max(length, 0)) + 1, '\0');
  std::snprintf(text.data(), text.size(), format, precision, value);
  text.pop_back();
  return text;
}

std::string grouped(std::string_view digits, char separator, size_t group) {
  std::string result;
  const size_t whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  for (size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % group == 0) result.push_back(separator);
    result.push_back(digits[i]);
  }
  result.append(digits.substr(whole));
  return result;
}

Result<Text> format_text(Evaluator& evaluator, const Text& text, const FormatSpec& spec) {
  if (spec.type != '\0' && spec.type != 's') {
    return bad_input("Unknown format code '{}' for object of type 'str'", spec.type);
  }
  if (spec.align == '=') return bad_input("'=' alignment not allowed in string format specifier");
  if (spec.sign != '-') return bad_input("Sign not allowed in string format specifier");
  const size_t end =
      spec.precision < 0 ? text.size() : byte_of_char(text.view(), static_cast<size_t>(spec.precision));
  const Alignment alignment = spec.align == '>'   ? Alignment::kRight
                              : spec.align == '^' ? Alignment::kCentre
                                                  : Alignment::kLeft;
  const Text cut = text.slice(0, end);
  if (alignment != Alignment::kCentre) return pad(evaluator.meter(), cut, spec.width, alignment, spec.fill);
  // Unlike str.center(), format() puts an odd one to the right always.
  const size_t length = count_chars(cut.view());
  const size_t left = spec.width > length ? (spec.width - length) / 2 : 0;
  ASSIGN_OR_RETURN(const Text shifted,
                   pad(evaluator.meter(), cut, length + left, Alignment::kRight, spec.fill));
  return pad(evaluator.meter(), shifted, spec.width, Alignment::kLeft, spec.fill);
}

std::string_view sign_of(bool negative, char sign) {
  if (negative) return "-";
  return sign == '+' ? "+" : (sign == ' ' ? " " : "");
}

Result<Text> format_integer(Evaluator& evaluator, Integer value, const FormatSpec& spec) {
  if (spec.precision >= 0) return bad_input("Precision not allowed in integer format specifier");
  const bool negative = value < 0;
  if (spec.type == 'c') {
    if (value < 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
      return bad_input("%c arg not in range(0x110000)");
    }
    std::string character;
    append_utf8(&character, static_cast<char32_t>(value));
    FormatSpec text_spec = spec;
    text_spec.type = '\0';
    return format_text(evaluator, Text(std::move(character), Origin::kUser), text_spec);
  }
  const std::string_view kTypes = "dbBoxXn";
  if (spec.type != '\0' && kTypes.find(spec.type) == std::string_view::npos) {
    return bad_input("Unknown format code '{}' for object of type 'int'", spec.type);
  }
  std::string digits = integer_digits(negative ? -value : value, spec.type);
  const bool is_decimal = spec.type == '\0' || spec.type == 'd' || spec.type == 'n';
  if (spec.grouping != '\0') digits = grouped(digits, spec.grouping, is_decimal ? 3 : 4);
  std::string prefix(sign_of(negative, spec.sign));
  if (spec.alternate && !is_decimal) prefix += std::string("0") + spec.type;
  return lay_out_number(evaluator, prefix, std::move(digits), spec);
}

Result<Text> format_float(Evaluator& evaluator, double value, const FormatSpec& spec) {
  const std::string_view kTypes = "eEfFgGn%";
  if (spec.type != '\0' && kTypes.find(spec.type) == std::string_view::npos) {
    return bad_input("Unknown format code '{}' for object of type 'float'", spec.type);
  }
  const bool negative = std::signbit(value) && !std::isnan(value);
  ASSIGN_OR_RETURN(std::string digits, float_digits(std::fabs(value), spec));
  if (spec.grouping != '\0' && std::isfinite(value)) digits = grouped(digits, spec.grouping, 3);
  return lay_out_number(evaluator, sign_of(negative, spec.sign), std::move(digits), spec);
}

}  // namespace

Result<FormatSpec> parse_format_spec(const Text& text) {
  FormatSpec spec;
  const std::string_view bytes = text.view();
  size_t at = 0;
  size_t first_end = 0;
  if (!bytes.empty()) next_char(bytes, &first_end);
  if (first_end < bytes.size() && first_end > 0 && is_align(bytes[first_end])) {
    spec.fill = text.slice(0, first_end);
    spec.align = bytes[first_end];
    at = first_end + 1;
  } else if (!bytes.empty() && is_align(bytes[0])) {
    spec.align = bytes[0];
    at = 1;
  }
  if (at < bytes.size() && (bytes[at] == '+' || bytes[at] == '-' || bytes[at] == ' '))
    spec.sign = bytes[at++];
  spec.alternate = take_char(bytes, &at, '#');
  if (take_char(bytes, &at, '0') && spec.align == '\0') {
    spec.fill = Text("0");
    spec.align = '=';
  }
  ASSIGN_OR_RETURN(spec.width, read_size(bytes, &at));
  if (at < bytes.size() && (bytes[at] == ',' || bytes[at] == '_')) spec.grouping = bytes[at++];
  if (take_char(bytes, &at, '.')) {
    const size_t begin = at;
    ASSIGN_OR_RETURN(const size_t precision, read_size(bytes, &at));
    if (at == begin) return bad_input("Format specifier missing precision");
    spec.precision = static_cast<int>(std::min<size_t>(precision, size_t{1} << 30));
  }
  if (at < bytes.size()) spec.type = bytes[at++];
  if (at < bytes.size()) return bad_input("Invalid format specifier '{}'", bytes);
  return spec;
}

std::string integer_digits(Integer magnitude, char type) {
  const auto value = static_cast<unsigned __int128>(magnitude);
  switch (type) {
    case 'b':
    case 'B':
      return fmt::format("{:b}", value);
    case 'o':
      return fmt::format("{:o}", value);
    case 'x':
      return fmt::format("{:x}", value);
    case 'X':
      return fmt::format("{:X}", value);
    default:
      return fmt::format("{}", value);
  }
}

Result<std::string> float_digits(double magnitude, const FormatSpec& spec) {
  const bool upper = spec.type == 'E' || spec.type == 'F' || spec.type == 'G';
  const std::string_view percent = spec.type == '%' ? "%" : "";
  if (std::isnan(magnitude)) return std::string(upper ? "NAN" : "nan") + std::string(percent);
  if (std::isinf(magnitude)) return std::string(upper ? "INF" : "inf") + std::string(percent);
  if (spec.precision > kMaxPrecision) return bad_input("more than {} digits after the point", kMaxPrecision);
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  switch (spec.type) {
    case 'e':
      return printed(spec.alternate ? "%#.*e" : "%.*e", precision, magnitude);
    case 'E':
      return printed(spec.alternate ? "%#.*E" : "%.*E", precision, magnitude);
    case 'f':
    case 'F':
      return printed(spec.alternate ? "%#.*f" : "%.*f", precision, magnitude);
    case '%':
      return printed("%.*f", precision, magnitude * 100) + "%";
    case 'G':
      return printed(spec.alternate ? "%#.*G" : "%.*G", precision, magnitude);
    case '\0':
      break;
    default:
      return printed(spec.alternate ? "%#.*g" : "%.*g", precision, magnitude);
  }
  if (spec.precision < 0) return float_text(magnitude);
  // Like g, but there is always a digit after the point, and the exponent begins one digit sooner.
  const int digits = std::max(spec.precision, 1);
  const std::string scientific = printed("%.*e", digits - 1, magnitude);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (magnitude != 0 && (exponent < -4 || exponent >= digits - 1)) {
    std::string mantissa = scientific.substr(0, scientific.find('e'));
    if (mantissa.find('.') != std::string::npos) {
      mantissa.erase(mantissa.find_last_not_of('0') + 1);
      if (mantissa.back() == '.') mantissa.pop_back();
    }
    return mantissa + scientific.substr(scientific.find('e'));
  }
  std::string general = printed("%.*g", digits, magnitude);
  if (general.find_first_of(".e") == std::string::npos) general += ".0";
  return general;
}

Result<Text> lay_out_number(Evaluator& evaluator, std::string_view sign_and_prefix, std::string digits,
                            const FormatSpec& spec) {
  Meter& meter = evaluator.meter();
  if (spec.align == '=') {
    const size_t width = spec.width > sign_and_prefix.size() ? spec.width - sign_and_prefix.size() : 0;
    Text result{std::string(sign_and_prefix)};
    ASSIGN_OR_RETURN(const Text padded,
                     pad(meter, Text(std::move(digits)), width, Alignment::kRight, spec.fill));
    result.append(padded);
    return result;
  }
  FormatSpec text_spec = spec;
  text_spec.type = '\0';
  text_spec.sign = '-';
  text_spec.precision = -1;
  if (text_spec.align == '\0') text_spec.align = '>';
  return format_text(evaluator, Text(std::string(sign_and_prefix) + digits), text_spec);
}

Result<Text> format_value(Evaluator& evaluator, const Value& value, const FormatSpec& spec) {
  const std::string_view kFloatTypes = "eEfFgG%";
  const bool wants_float = spec.type != '\0' && kFloatTypes.find(spec.type) != std::string_view::npos;
  if (value.is_float() || (value.is_whole() && wants_float))
    return format_float(evaluator, value.number(), spec);
  if (value.is_integer()) return format_integer(evaluator, value.integer(), spec);
  const bool is_plain = spec.align == '\0' && spec.sign == '-' && !spec.alternate && spec.width == 0 &&
                        spec.grouping == '\0' && spec.precision < 0 && spec.type == '\0';
  if (value.is_boolean() && !is_plain) return format_integer(evaluator, value.whole(), spec);
  ASSIGN_OR_RETURN(Text text, display_text(evaluator, value));
  if (value.is_string()) return format_text(evaluator, text, spec);
  if (!is_plain) return bad_input("unsupported format string passed to {}.__format__", type_name(value));
  return text;
}

}  // namespace nagare::chat_template
