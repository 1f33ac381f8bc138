// Filters on single values: numbers, defaults, attributes, JSON.
#include <array>
#include <cmath>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/attributes.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/filters.h"
#include "prepare/chat_template/json_writer.h"
#include "prepare/chat_template/number_text.h"

namespace nagare::chat_template {
namespace {

Result<Value> filter_default(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("default", arguments, {"default_value", "boolean"}));
  if (!input.is_undefined() && !(bound.truth(1, false) && !is_true(input))) return input;
  if (bound.has(0)) return *bound.get(0);
  return evaluator.make_text("");
}

Result<Value> filter_abs(Evaluator&, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("abs", arguments, {}));
  if (input.is_float()) return Value(std::fabs(input.real()));
  if (!input.is_whole()) return bad_input("bad operand type for abs(): '{}'", type_name(input));
  Integer result = input.whole();
  if (result < 0 && __builtin_sub_overflow(Integer{0}, result, &result)) {
    return bad_input("an integer grows past 127 bits");
  }
  return Value(result);
}

Result<Value> filter_int(Evaluator&, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("int", arguments, {"default", "base"}));
  const Value otherwise = bound.has(0) ? *bound.get(0) : Value(0);
  ASSIGN_OR_RETURN(const Integer base, bound.whole(1, 10));
  if (input.is_undefined()) return bad_input("{}", input.undefined_info().message);
  if (input.is_whole()) return Value(input.whole());
  std::optional<double> real;
  if (input.is_float()) {
    real = input.real();
    if (std::isinf(*real)) return bad_input("cannot convert float infinity to integer");
  } else if (input.is_string()) {
    const bool is_base = base == 0 || (base >= 2 && base <= 36);
    const auto whole = is_base ? parse_integer(input.view(), static_cast<int>(base)) : std::nullopt;
    if (whole) return Value(*whole);
    real = parse_float(input.view());
  }
  const auto truncated = real ? truncate_float(*real) : std::nullopt;
  return truncated ? Value(*truncated) : otherwise;
}

Result<Value> filter_float(Evaluator&, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("float", arguments, {"default"}));
  if (input.is_undefined()) return bad_input("{}", input.undefined_info().message);
  if (input.is_number()) return Value(input.number());
  const auto real = input.is_string() ? parse_float(input.view()) : std::nullopt;
  if (real) return Value(*real);
  return bound.has(0) ? *bound.get(0) : Value(0.0);
}

// round(): to the nearest decimal, halves to even, decided on the exact binary value.
double round_to(double value, int precision) {
  if (!std::isfinite(value)) return value;
  if (precision > 22) return value;  // a double has no digits that far
  if (precision >= 0) return std::strtod(fixed_text(value, precision).c_str(), nullptr);
  if (precision < -308) return std::copysign(0.0, value);
  const double unit = std::pow(10.0, -precision);
  return std::nearbyint(value / unit) * unit;
}

Result<Integer> round_whole(Integer value, int precision) {
  if (precision >= 0) return value;
  if (precision < -37) return Integer{0};
  Integer unit = 1;
  for (int i = 0; i < -precision; ++i) unit *= 10;
  Integer quotient = value / unit;
  const Integer remainder = value % unit;
  const Integer twice =
      (remainder < 0 ? -remainder : remainder) - (unit - (remainder < 0 ? -remainder : remainder));
  if (twice > 0 || (twice == 0 && quotient % 2 != 0)) quotient += value < 0 ? -1 : 1;
  Integer result = 0;
  if (__builtin_mul_overflow(quotient, unit, &result)) return bad_input("an integer grows past 127 bits");
  return result;
}

Result<Value> filter_round(Evaluator&, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("round", arguments, {"precision", "method"}));
  ASSIGN_OR_RETURN(const Integer wide_precision, bound.whole(0, 0));
  const int precision = static_cast<int>(std::clamp<Integer>(wide_precision, -400, 400));
  std::string_view method = "common";
  if (bound.has(1)) {
    ASSIGN_OR_RETURN(const Text* given, bound.text(1));
    method = given->view();
  }
  if (method != "common" && method != "ceil" && method != "floor") {
    return bad_input("method must be common, ceil or floor");
  }
  if (input.is_undefined()) return bad_input("{}", input.undefined_info().message);
  if (!input.is_number()) return bad_input("type {} doesn't define __round__ method", type_name(input));
  if (method == "common") {
    if (input.is_float()) return Value(round_to(input.real(), precision));
    ASSIGN_OR_RETURN(const Integer rounded, round_whole(input.whole(), precision));
    return Value(rounded);
  }
  const double unit = std::pow(10.0, precision);
  const double scaled = input.number() * unit;
  if (!std::isfinite(scaled)) return bad_input("cannot round a number this large");
  return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

Result<Value> filter_attr(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("attr", arguments, {"name"}, 1));
  ASSIGN_OR_RETURN(const Text* name, bound.text(0));
  ASSIGN_OR_RETURN(auto attribute, find_attribute(evaluator, input, name->view()));
  if (attribute) return std::move(*attribute);
  return evaluator.make_undefined(
      fmt::format("'{}' has no attribute '{}'", type_phrase(input), name->view().substr(0, 80)));
}

Result<Value> filter_tojson(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound,
                   bind("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"}));
  JsonStyle style;
  style.ascii_only = bound.truth(0, false);
  style.sort_keys = bound.truth(3, false);
  if (bound.has_value(1)) {
    style.has_lines = true;
    style.item_separator = Text(",");
    if (bound.get(1)->is_string()) {
      style.indent = bound.get(1)->text();
    } else {
      ASSIGN_OR_RETURN(const Integer width, bound.whole(1, 0));
      style.indent = Text(std::string(static_cast<size_t>(std::clamp<Integer>(width, 0, 1'000)), ' '));
    }
  }
  if (bound.has_value(2)) {
    ASSIGN_OR_RETURN(const auto separators, evaluator.collect(*bound.get(2)));
    if (separators.size() != 2 || !separators[0].is_string() || !separators[1].is_string()) {
      return bad_input("tojson: separators must be two strings");
    }
    style.item_separator = separators[0].text();
    style.key_separator = separators[1].text();
  }
  TextBuilder out(evaluator.meter());
  RETURN_IF_ERROR(write_json(evaluator, input, style, &out));
  return evaluator.make_text(out.take());
}

template <const std::string_view& kReason>
Result<Value> refused(Evaluator&, const Value&, const Arguments&) {
  return unsupported("{}", kReason);
}

constexpr std::string_view kNoRandom = "random: a prompt must come out the same each time";
constexpr std::string_view kNoPprint = "pprint: use tojson(indent=…) to print a value over several lines";
constexpr std::string_view kNoUrlize = "urlize: a prompt is no web page";

}  // namespace

std::span<const Filter> value_filters() {
  static const std::array<Filter, 11> all = {{
      {"default", filter_default},
      {"d", filter_default},
      {"abs", filter_abs},
      {"int", filter_int},
      {"float", filter_float},
      {"round", filter_round},
      {"attr", filter_attr},
      {"tojson", filter_tojson},
      {"random", refused<kNoRandom>},
      {"pprint", refused<kNoPprint>},
      {"urlize", refused<kNoUrlize>},
  }};
  return all;
}

}  // namespace nagare::chat_template
