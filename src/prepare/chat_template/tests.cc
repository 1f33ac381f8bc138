#include "prepare/chat_template/tests.h"

#include <algorithm>
#include <vector>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/arithmetic.h"
#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/filters.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/text_class_methods.h"

namespace nagare::chat_template {
namespace {

// A test of the value alone.
template <bool (*kHolds)(const Value&)>
Result<bool> simple(Evaluator&, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("test", arguments, {}));
  return kHolds(input);
}

template <CompareOperator kOperator>
Result<bool> compared(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("test", arguments, {"other"}, 1));
  return compare(evaluator, kOperator, input, *bound.get(0));
}

Result<bool> remainder_is(Evaluator& evaluator, const Value& input, const Value& divisor, int wanted) {
  ASSIGN_OR_RETURN(const Value remainder, apply_binary(evaluator, BinaryOperator::kModulo, input, divisor));
  return is_equal(evaluator.meter(), remainder, Value(wanted));
}

Result<bool> test_odd(Evaluator& evaluator, const Value& input, const Arguments&) {
  return remainder_is(evaluator, input, Value(2), 1);
}

Result<bool> test_even(Evaluator& evaluator, const Value& input, const Arguments&) {
  return remainder_is(evaluator, input, Value(2), 0);
}

Result<bool> test_divisibleby(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("divisibleby", arguments, {"num"}, 1));
  return remainder_is(evaluator, input, *bound.get(0), 0);
}

Result<bool> test_sameas(Evaluator&, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("sameas", arguments, {"other"}, 1));
  return input.same_as(*bound.get(0));
}

Result<bool> test_in(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("in", arguments, {"seq"}, 1));
  return contains(evaluator, *bound.get(0), input);
}

template <bool (*kHolds)(std::string_view)>
Result<bool> text_is(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("test", arguments, {}));
  ASSIGN_OR_RETURN(const Text text, display_text(evaluator, input));
  return kHolds(text.view());
}

Result<bool> test_filter(Evaluator&, const Value& input, const Arguments&) {
  return input.is_string() && find_filter(input.view()) != nullptr;
}

Result<bool> test_test(Evaluator&, const Value& input, const Arguments&) {
  return input.is_string() && find_test(input.view()) != nullptr;
}

bool is_defined(const Value& value) {
  return !value.is_undefined();
}
bool is_undefined(const Value& value) {
  return value.is_undefined();
}
bool is_none(const Value& value) {
  return value.is_none();
}
bool is_boolean(const Value& value) {
  return value.is_boolean();
}
bool is_the_true(const Value& value) {
  return value.is_boolean() && value.boolean();
}
bool is_the_false(const Value& value) {
  return value.is_boolean() && !value.boolean();
}
bool is_integer(const Value& value) {
  return value.is_integer();
}
bool is_float(const Value& value) {
  return value.is_float();
}
bool is_number(const Value& value) {
  return value.is_number();
}
bool is_string(const Value& value) {
  return value.is_string();
}
bool is_mapping(const Value& value) {
  return value.is_dict();
}
bool is_escaped(const Value& value) {
  return value.is_string() && value.string().is_markup;
}
// What has a length and can be indexed; undefined has both (and raises only when it is indexed).
bool is_sequence(const Value& value) {
  return value.is_string() || value.is_list() || value.is_tuple() || value.is_dict() || value.is_range() ||
         value.is_undefined();
}

// In the order of the documentation.
const Test kTests[] = {
    {"defined", simple<is_defined>},
    {"undefined", simple<is_undefined>},
    {"none", simple<is_none>},
    {"string", simple<is_string>},
    {"mapping", simple<is_mapping>},
    {"sequence", simple<is_sequence>},
    {"iterable", simple<is_iterable>},
    {"number", simple<is_number>},
    {"integer", simple<is_integer>},
    {"float", simple<is_float>},
    {"boolean", simple<is_boolean>},
    {"true", simple<is_the_true>},
    {"false", simple<is_the_false>},
    {"callable", simple<is_callable>},
    {"escaped", simple<is_escaped>},
    {"odd", test_odd},
    {"even", test_even},
    {"divisibleby", test_divisibleby},
    {"sameas", test_sameas},
    {"in", test_in},
    {"lower", text_is<is_lower_text>},
    {"upper", text_is<is_upper_text>},
    {"filter", test_filter},
    {"test", test_test},
    {"==", compared<CompareOperator::kEqual>},
    {"eq", compared<CompareOperator::kEqual>},
    {"equalto", compared<CompareOperator::kEqual>},
    {"!=", compared<CompareOperator::kNotEqual>},
    {"ne", compared<CompareOperator::kNotEqual>},
    {"<", compared<CompareOperator::kLess>},
    {"lt", compared<CompareOperator::kLess>},
    {"lessthan", compared<CompareOperator::kLess>},
    {"<=", compared<CompareOperator::kLessEqual>},
    {"le", compared<CompareOperator::kLessEqual>},
    {">", compared<CompareOperator::kGreater>},
    {"gt", compared<CompareOperator::kGreater>},
    {"greaterthan", compared<CompareOperator::kGreater>},
    {">=", compared<CompareOperator::kGreaterEqual>},
    {"ge", compared<CompareOperator::kGreaterEqual>},
};

}  // namespace

const Test* find_test(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kTests), std::end(kTests), [&](const Test& t) { return t.name == name; });
  return found == std::end(kTests) ? nullptr : found;
}

}  // namespace nagare::chat_template
