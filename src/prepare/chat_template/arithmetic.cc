#include "prepare/chat_template/arithmetic.h"

#include <cmath>

#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/percent_format.h"

namespace nagare::chat_template {
namespace {

std::string_view symbol_of(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
      return "+";
    case BinaryOperator::kSubtract:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kFloorDivide:
      return "//";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kPower:
      return "** or pow()";
  }
  return "";
}

std::unexpected<Error> overflow() {
  return bad_input("an integer grows past 127 bits");
}

std::unexpected<Error> mismatch(BinaryOperator op, const Value& left, const Value& right) {
  return bad_input("unsupported operand type(s) for {}: '{}' and '{}'", symbol_of(op), type_name(left),
                   type_name(right));
}

Result<Value> integer_power(Integer base, Integer exponent) {
  if (exponent < 0) {
    if (base == 0) return bad_input("0.0 cannot be raised to a negative power");
    return Value(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  Integer result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return overflow();
  }
  return Value(result);
}

// Rounded towards minus infinity, the remainder with the sign of the divisor.
Result<Value> integer_division(BinaryOperator op, Integer a, Integer b) {
  if (b == 0) return bad_input("integer division or modulo by zero");
  if (b == -1) {  // the only quotient that can overflow
    if (op == BinaryOperator::kModulo) return Value(0);
    Integer negated = 0;
    if (__builtin_sub_overflow(Integer{0}, a, &negated)) return overflow();
    return Value(negated);
  }
  Integer quotient = a / b;
  Integer remainder = a % b;
  if (remainder != 0 && (remainder < 0) != (b < 0)) {
    quotient -= 1;
    remainder += b;
  }
  return Value(op == BinaryOperator::kModulo ? remainder : quotient);
}

Result<Value> integer_operation(BinaryOperator op, Integer a, Integer b) {
  Integer result = 0;
  switch (op) {
    case BinaryOperator::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return overflow();
      return Value(result);
    case BinaryOperator::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return overflow();
      return Value(result);
    case BinaryOperator::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return overflow();
      return Value(result);
    case BinaryOperator::kDivide:
      if (b == 0) return bad_input("division by zero");
      return Value(static_cast<double>(a) / static_cast<double>(b));
    case BinaryOperator::kPower:
      return integer_power(a, b);
    default:
      return integer_division(op, a, b);
  }
}

Result<Value> float_division(BinaryOperator op, double a, double b) {
  if (b == 0.0)
    return bad_input("float {} by zero", op == BinaryOperator::kModulo ? "modulo" : "floor division");
  double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0.0) {
    if ((b < 0) != (remainder < 0)) {
      remainder += b;
      quotient -= 1.0;
    }
  } else {
    remainder = std::copysign(0.0, b);
  }
  if (op == BinaryOperator::kModulo) return Value(remainder);
  if (quotient == 0.0) return Value(std::copysign(0.0, a / b));
  double floor = std::floor(quotient);
  if (quotient - floor > 0.5) floor += 1.0;
  return Value(floor);
}

Result<Value> float_operation(BinaryOperator op, double a, double b) {
  switch (op) {
    case BinaryOperator::kAdd:
      return Value(a + b);
    case BinaryOperator::kSubtract:
      return Value(a - b);
    case BinaryOperator::kMultiply:
      return Value(a * b);
    case BinaryOperator::kDivide:
      if (b == 0.0) return bad_input("float division by zero");
      return Value(a / b);
    case BinaryOperator::kPower: {
      if (a == 0.0 && b < 0) return bad_input("0.0 cannot be raised to a negative power");
      if (a < 0 && std::isfinite(b) && std::floor(b) != b) {
        return bad_input("a negative number raised to a fraction is no real number");
      }
      const double power = std::pow(a, b);
      if (std::isinf(power) && std::isfinite(a) && std::isfinite(b))
        return bad_input("Numerical result out of range");
      return Value(power);
    }
    default:
      return float_division(op, a, b);
  }
}

Result<Value> add_strings(Evaluator& evaluator, const Value& left, const Value& right) {
  const bool is_markup = left.string().is_markup || right.string().is_markup;
  TextBuilder text(evaluator.meter());
  for (const Value* side : {&left, &right}) {
    if (is_markup && !side->string().is_markup) {
      ASSIGN_OR_RETURN(const Value escaped, escape(evaluator, *side));
      RETURN_IF_ERROR(text.append(escaped.text()));
    } else {
      RETURN_IF_ERROR(text.append(side->text()));
    }
  }
  return evaluator.make_text(text.take(), is_markup);
}

Result<Value> add(Evaluator& evaluator, const Value& left, const Value& right) {
  if (left.is_string() && right.is_string()) return add_strings(evaluator, left, right);
  if (left.is_string()) {
    return bad_input("can only concatenate str (not \"{}\") to str", type_name(right));
  }
  const bool both_lists = left.is_list() && right.is_list();
  if (both_lists || (left.is_tuple() && right.is_tuple())) {
    std::vector<Value> items = left.items();
    items.insert(items.end(), right.items().begin(), right.items().end());
    return evaluator.make_sequence(both_lists ? SequenceKind::kList : SequenceKind::kTuple, std::move(items));
  }
  if (left.is_list() || left.is_tuple()) {
    return bad_input("can only concatenate {0} (not \"{1}\") to {0}", type_name(left), type_name(right));
  }
  return mismatch(BinaryOperator::kAdd, left, right);
}

Result<Value> repeat(Evaluator& evaluator, const Value& repeated, Integer times) {
  const size_t length = repeated.is_string() ? repeated.text().size() : repeated.items().size();
  if (times < 0 || length == 0) times = 0;
  Integer total = 0;
  if (__builtin_mul_overflow(times, static_cast<Integer>(length), &total) || total > (Integer{1} << 62)) {
    total = Integer{1} << 62;
  }
  const size_t item_bytes = repeated.is_string() ? 1 : sizeof(Value);
  RETURN_IF_ERROR(evaluator.meter().would_fit(static_cast<size_t>(total) * item_bytes));
  if (repeated.is_string()) {
    TextBuilder text(evaluator.meter());
    RETURN_IF_ERROR(text.append_repeated(repeated.text(), static_cast<size_t>(times)));
    return evaluator.make_text(text.take(), repeated.string().is_markup);
  }
  RETURN_IF_ERROR(evaluator.meter().step(static_cast<size_t>(total)));
  std::vector<Value> items;
  items.reserve(static_cast<size_t>(total));
  for (Integer i = 0; i < times; ++i) {
    items.insert(items.end(), repeated.items().begin(), repeated.items().end());
  }
  const SequenceKind kind = repeated.is_list() ? SequenceKind::kList : SequenceKind::kTuple;
  return evaluator.make_sequence(kind, std::move(items));
}

bool is_repeatable(const Value& value) {
  return value.is_string() || value.is_list() || value.is_tuple();
}

}  // namespace

Result<Value> apply_binary(Evaluator& evaluator, BinaryOperator op, const Value& left, const Value& right) {
  if (left.is_whole() && right.is_whole()) return integer_operation(op, left.whole(), right.whole());
  if (left.is_number() && right.is_number()) return float_operation(op, left.number(), right.number());
  if (op == BinaryOperator::kModulo && left.is_string()) return percent_format(evaluator, left, right);
  if (left.is_undefined()) return bad_input("{}", left.undefined_info().message);
  if (right.is_undefined()) return bad_input("{}", right.undefined_info().message);
  if (op == BinaryOperator::kAdd) return add(evaluator, left, right);
  if (op == BinaryOperator::kMultiply) {
    if (is_repeatable(left) && right.is_whole()) return repeat(evaluator, left, right.whole());
    if (left.is_whole() && is_repeatable(right)) return repeat(evaluator, right, left.whole());
    if (is_repeatable(left) || is_repeatable(right)) {
      const Value& other = is_repeatable(left) ? right : left;
      return bad_input("can't multiply sequence by non-int of type '{}'", type_name(other));
    }
  }
  return mismatch(op, left, right);
}

Result<Value> apply_sign(UnaryOperator op, const Value& operand) {
  if (operand.is_undefined()) return bad_input("{}", operand.undefined_info().message);
  if (operand.is_float()) return Value(op == UnaryOperator::kNegate ? -operand.real() : operand.real());
  if (!operand.is_whole()) {
    return bad_input("bad operand type for unary {}: '{}'", op == UnaryOperator::kNegate ? "-" : "+",
                     type_name(operand));
  }
  if (op == UnaryOperator::kPlus) return Value(operand.whole());
  Integer negated = 0;
  if (__builtin_sub_overflow(Integer{0}, operand.whole(), &negated)) return overflow();
  return Value(negated);
}

}  // namespace nagare::chat_template
