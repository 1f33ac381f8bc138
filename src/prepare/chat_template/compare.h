// Python's ==, <, in, and sorting.
#pragma once

#include <functional>
#include <vector>

#include "prepare/chat_template/ast.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

Result<bool> is_equal(Meter& meter, const Value& a, const Value& b);
// a < b; an error where Python has no order between the two.
Result<bool> is_less(Meter& meter, const Value& a, const Value& b);
// item in container.
Result<bool> contains(Evaluator& evaluator, const Value& container, const Value& item);
Result<bool> compare(Evaluator& evaluator, CompareOperator op, const Value& left, const Value& right);

// Stable; returns the order as indices into `keys`. `reverse` keeps equal ones in their order too.
Result<std::vector<size_t>> sorted_order(Meter& meter, const std::vector<Value>& keys, bool reverse);

}  // namespace nagare::chat_template
