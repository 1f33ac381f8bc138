// Python's + - * / // % ** and signs.
#pragma once

#include "prepare/chat_template/ast.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

Result<Value> apply_binary(Evaluator& evaluator, BinaryOperator op, const Value& left, const Value& right);
Result<Value> apply_sign(UnaryOperator op, const Value& operand);  // kNegate, kPlus

}  // namespace nagare::chat_template
