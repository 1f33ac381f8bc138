#include "prepare/chat_template/compare.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/number_text.h"

namespace nagare::chat_template {
namespace {

std::string_view symbol_of(CompareOperator op) {
  switch (op) {
    case CompareOperator::kEqual:
      return "==";
    case CompareOperator::kNotEqual:
      return "!=";
    case CompareOperator::kLess:
      return "<";
    case CompareOperator::kLessEqual:
      return "<=";
    case CompareOperator::kGreater:
      return ">";
    case CompareOperator::kGreaterEqual:
      return ">=";
    case CompareOperator::kIn:
      return "in";
    case CompareOperator::kNotIn:
      return "not in";
  }
  return "";
}

template <class T>
std::partial_ordering order(const T& a, const T& b) {
  if (a < b) return std::partial_ordering::less;
  if (b < a) return std::partial_ordering::greater;
  return a == b ? std::partial_ordering::equivalent : std::partial_ordering::unordered;
}

// Exact, also between an integer that no double holds and a double.
std::partial_ordering order_numbers(const Value& a, const Value& b) {
  if (a.is_whole() && b.is_whole()) return order(a.whole(), b.whole());
  if (a.is_float() && b.is_float()) return order(a.real(), b.real());
  if (b.is_whole()) return 0 <=> order_numbers(b, a);
  const double real = b.real();
  if (std::isnan(real)) return std::partial_ordering::unordered;
  const auto floor = truncate_float(std::floor(real));
  if (!floor) return real > 0 ? std::partial_ordering::less : std::partial_ordering::greater;
  if (a.whole() != *floor) return order(a.whole(), *floor);
  return std::floor(real) == real ? std::partial_ordering::equivalent : std::partial_ordering::less;
}

bool is_comparable_sequence(const Value& a, const Value& b) {
  return (a.is_list() && b.is_list()) || (a.is_tuple() && b.is_tuple());
}

Result<bool> equal_items(Meter& meter, const std::vector<Value>& a, const std::vector<Value>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    ASSIGN_OR_RETURN(const bool same, is_equal(meter, a[i], b[i]));
    if (!same) return false;
  }
  return true;
}

Result<bool> equal_dicts(Meter& meter, const Dict& a, const Dict& b) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, value] : a.entries) {
    const Value* other = b.find(key);
    if (other == nullptr) return false;
    ASSIGN_OR_RETURN(const bool same, is_equal(meter, value, *other));
    if (!same) return false;
  }
  return true;
}

bool equal_ranges(const Range& a, const Range& b) {
  if (a.size != b.size) return false;
  return a.size == 0 || (a.start == b.start && (a.size == 1 || a.step == b.step));
}

// One ordering comparison (not == or !=).
Result<bool> is_ordered(Meter& meter, CompareOperator op, const Value& a, const Value& b);

Result<bool> are_items_ordered(Meter& meter, CompareOperator op, const std::vector<Value>& a,
                               const std::vector<Value>& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    ASSIGN_OR_RETURN(const bool same, is_equal(meter, a[i], b[i]));
    if (!same) return is_ordered(meter, op, a[i], b[i]);
  }
  return is_ordered(meter, op, Value(a.size()), Value(b.size()));
}

bool holds(CompareOperator op, std::partial_ordering ordering) {
  switch (op) {
    case CompareOperator::kLess:
      return ordering < 0;
    case CompareOperator::kLessEqual:
      return ordering <= 0;
    case CompareOperator::kGreater:
      return ordering > 0;
    default:
      return ordering >= 0;
  }
}

Result<bool> is_ordered(Meter& meter, CompareOperator op, const Value& a, const Value& b) {
  RETURN_IF_ERROR(meter.step());
  if (a.is_undefined()) return bad_input("{}", a.undefined_info().message);
  if (b.is_undefined()) return bad_input("{}", b.undefined_info().message);
  if (a.is_number() && b.is_number()) return holds(op, order_numbers(a, b));
  if (a.is_string() && b.is_string()) {
    RETURN_IF_ERROR(meter.work(std::min(a.text().size(), b.text().size())));
    // The order of UTF-8 bytes is the order of code points.
    return holds(op, a.view() <=> b.view());
  }
  if (is_comparable_sequence(a, b)) return are_items_ordered(meter, op, a.items(), b.items());
  return bad_input("'{}' not supported between instances of '{}' and '{}'", symbol_of(op), type_name(a),
                   type_name(b));
}

}  // namespace

Result<bool> is_equal(Meter& meter, const Value& a, const Value& b) {
  RETURN_IF_ERROR(meter.step());
  if (a.is_number() && b.is_number()) return order_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case ValueKind::kUndefined:
    case ValueKind::kNone:
      return true;
    case ValueKind::kString:
      RETURN_IF_ERROR(meter.work(std::min(a.text().size(), b.text().size())));
      return a.view() == b.view();
    case ValueKind::kSequence:
      if (a.same_as(b)) return true;
      if (is_comparable_sequence(a, b)) return equal_items(meter, a.items(), b.items());
      return a.sequence().kind == SequenceKind::kDictKeys && b.sequence().kind == SequenceKind::kDictKeys &&
             equal_items(meter, a.items(), b.items()).value_or(false);
    case ValueKind::kDict:
      if (a.same_as(b)) return true;
      return equal_dicts(meter, a.dict(), b.dict());
    case ValueKind::kRange:
      return equal_ranges(a.range(), b.range());
    case ValueKind::kMethod:
      if (a.method().method != b.method().method) return false;
      return a.method().self.same_as(b.method().self);
    default:
      return a.same_as(b);
  }
}

Result<bool> is_less(Meter& meter, const Value& a, const Value& b) {
  return is_ordered(meter, CompareOperator::kLess, a, b);
}

Result<bool> contains(Evaluator& evaluator, const Value& container, const Value& item) {
  Meter& meter = evaluator.meter();
  if (container.is_string()) {
    if (item.is_undefined() || !item.is_string()) {
      return bad_input("'in <string>' requires string as left operand, not {}", type_name(item));
    }
    RETURN_IF_ERROR(meter.work(container.text().size()));
    return container.view().find(item.view()) != std::string_view::npos;
  }
  if (container.is_dict()) {
    if (!may_be_key(item)) return bad_input("unhashable type: '{}'", type_name(item));
    return container.dict().find(item) != nullptr;
  }
  if (container.is_sequence()) {
    for (const Value& candidate : container.items()) {
      ASSIGN_OR_RETURN(const bool same, is_equal(meter, candidate, item));
      if (same) return true;
    }
    return false;
  }
  auto iterator = evaluator.iterate(container);
  if (!iterator) return bad_input("argument of type '{}' is not iterable", type_name(container));
  while (true) {
    ASSIGN_OR_RETURN(const auto candidate, (*iterator)->next(evaluator));
    if (!candidate) return false;
    ASSIGN_OR_RETURN(const bool same, is_equal(meter, *candidate, item));
    if (same) return true;
  }
}

Result<bool> compare(Evaluator& evaluator, CompareOperator op, const Value& left, const Value& right) {
  switch (op) {
    case CompareOperator::kEqual:
      return is_equal(evaluator.meter(), left, right);
    case CompareOperator::kNotEqual: {
      ASSIGN_OR_RETURN(const bool same, is_equal(evaluator.meter(), left, right));
      return !same;
    }
    case CompareOperator::kIn:
      return contains(evaluator, right, left);
    case CompareOperator::kNotIn: {
      ASSIGN_OR_RETURN(const bool found, contains(evaluator, right, left));
      return !found;
    }
    default:
      return is_ordered(evaluator.meter(), op, left, right);
  }
}

Result<std::vector<size_t>> sorted_order(Meter& meter, const std::vector<Value>& keys, bool reverse) {
  std::vector<size_t> from(keys.size());
  std::iota(from.begin(), from.end(), size_t{0});
  std::vector<size_t> to(keys.size());
  // Merge sort from the bottom: any comparison may fail, and none has to be consistent (NaN).
  for (size_t width = 1; width < keys.size(); width *= 2) {
    for (size_t begin = 0; begin < keys.size(); begin += 2 * width) {
      const size_t middle = std::min(begin + width, keys.size());
      const size_t end = std::min(begin + 2 * width, keys.size());
      size_t left = begin;
      size_t right = middle;
      for (size_t out = begin; out < end; ++out) {
        bool take_right = right < end;
        if (take_right && left < middle) {
          const Value& a = keys[from[left]];
          const Value& b = keys[from[right]];
          ASSIGN_OR_RETURN(take_right, reverse ? is_less(meter, a, b) : is_less(meter, b, a));
        }
        to[out] = from[take_right ? right++ : left++];
      }
    }
    std::swap(from, to);
  }
  return from;
}

}  // namespace nagare::chat_template
