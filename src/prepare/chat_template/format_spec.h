// How one value is laid out in a formatted string: sign, width, fill, precision, and the kind of number.
// Both kinds of Python's string formatting come down to this.
#pragma once

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

struct FormatSpec {
  Text fill = Text(" ");
  char align = '\0';  // '<', '>', '=', '^', or 0 for the type's own
  char sign = '-';    // '-', '+' or ' '
  bool alternate = false;
  char grouping = '\0';  // ',' or '_' between thousands
  size_t width = 0;
  int precision = -1;  // none
  char type = '\0';
};

// [[fill]align][sign][#][0][width][,|_][.precision][type]
Result<FormatSpec> parse_format_spec(const Text& spec);

// format(value, spec) for what has no rule of its own: strings and numbers as Python lays them out, anything
// else only without a spec.
Result<Text> format_value(Evaluator& evaluator, const Value& value, const FormatSpec& spec);

// The digits of a number, without sign and padding. `type` is one of d b o x X, or e E f F g G % and 0 for
// floats.
std::string integer_digits(Integer magnitude, char type);
Result<std::string> float_digits(double magnitude, const FormatSpec& spec);

// Sign, prefix and digits in their width.
Result<Text> lay_out_number(Evaluator& evaluator, std::string_view sign_and_prefix, std::string digits,
                            const FormatSpec& spec);

// More than this many digits after the point are refused.
constexpr int kMaxPrecision = 1'000;

}  // namespace nagare::chat_template
