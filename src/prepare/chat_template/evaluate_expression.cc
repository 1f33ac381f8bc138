#include "prepare/chat_template/arithmetic.h"
#include "prepare/chat_template/attributes.h"
#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"

namespace nagare::chat_template {

Result<Value> Evaluator::evaluate(const Expression& expression) {
  if (const auto* constant = std::get_if<ConstantExpression>(&expression.node)) return constant->value;
  ASSIGN_OR_RETURN(const Level level, deeper());
  RETURN_IF_ERROR(meter_.step());
  line_ = expression.line;
  return std::visit([this](const auto& node) { return evaluate_node(node); }, expression.node);
}

Result<Value> Evaluator::evaluate_optional(const ExpressionPtr& expression) {
  if (!expression) return Value();
  return evaluate(*expression);
}

const Value* Evaluator::find_variable(NameId name) const {
  for (const Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    if (const Value* value = scope->find_here(name)) return value;
  }
  return globals_[name] ? &*globals_[name] : nullptr;
}

Result<Value> Evaluator::evaluate_node(const ConstantExpression& node) {
  return node.value;
}

Result<Value> Evaluator::evaluate_node(const NameExpression& node) {
  if (const Value* value = find_variable(node.name)) return *value;
  return make_undefined(fmt::format("'{}' is undefined", name(node.name)));
}

Result<Value> Evaluator::evaluate_node(const SequenceExpression& node) {
  std::vector<Value> items;
  items.reserve(node.items.size());
  for (const auto& item : node.items) {
    ASSIGN_OR_RETURN(Value value, evaluate(*item));
    items.push_back(std::move(value));
  }
  return make_sequence(node.is_tuple ? SequenceKind::kTuple : SequenceKind::kList, std::move(items));
}

Result<Value> Evaluator::evaluate_node(const DictExpression& node) {
  std::vector<Dict::Entry> entries;
  entries.reserve(node.entries.size());
  for (const auto& [key, value] : node.entries) {
    ASSIGN_OR_RETURN(Value key_value, evaluate(*key));
    ASSIGN_OR_RETURN(Value item_value, evaluate(*value));
    entries.emplace_back(std::move(key_value), std::move(item_value));
  }
  return make_dict(std::move(entries));
}

Result<Value> Evaluator::evaluate_node(const UnaryExpression& node) {
  ASSIGN_OR_RETURN(const Value operand, evaluate(*node.operand));
  if (node.op == UnaryOperator::kNot) return Value(!is_true(operand));
  return apply_sign(node.op, operand);
}

Result<Value> Evaluator::evaluate_node(const BinaryExpression& node) {
  ASSIGN_OR_RETURN(const Value left, evaluate(*node.left));
  ASSIGN_OR_RETURN(const Value right, evaluate(*node.right));
  return apply_binary(*this, node.op, left, right);
}

Result<Value> Evaluator::evaluate_node(const LogicalExpression& node) {
  ASSIGN_OR_RETURN(Value left, evaluate(*node.left));
  if (is_true(left) != node.is_and) return left;
  return evaluate(*node.right);
}

Result<Value> Evaluator::evaluate_node(const ConcatenationExpression& node) {
  std::vector<Value> items;
  bool is_markup = false;
  for (const auto& item : node.items) {
    ASSIGN_OR_RETURN(Value value, evaluate(*item));
    is_markup |= value.is_string() && value.string().is_markup;
    items.push_back(std::move(value));
  }
  is_markup &= autoescape_;
  TextBuilder text(meter_);
  for (const Value& item : items) {
    if (is_markup) {
      ASSIGN_OR_RETURN(const Value escaped, escape(*this, item));
      RETURN_IF_ERROR(text.append(escaped.text()));
    } else {
      RETURN_IF_ERROR(display(*this, item, &text));
    }
  }
  return make_text(text.take(), is_markup);
}

Result<Value> Evaluator::evaluate_node(const ComparisonExpression& node) {
  ASSIGN_OR_RETURN(Value left, evaluate(*node.first));
  bool holds = true;
  for (const auto& [op, operand] : node.rest) {
    ASSIGN_OR_RETURN(Value right, evaluate(*operand));
    ASSIGN_OR_RETURN(holds, compare(*this, op, left, right));
    if (!holds) break;
    left = std::move(right);
  }
  return Value(holds);
}

Result<Value> Evaluator::evaluate_node(const ConditionalExpression& node) {
  ASSIGN_OR_RETURN(const Value test, evaluate(*node.test));
  if (is_true(test)) return evaluate(*node.then);
  if (node.otherwise) return evaluate(*node.otherwise);
  return make_undefined(fmt::format(
      "the inline if-expression on line {} evaluated to false and no else section was defined.", line_));
}

Result<Value> Evaluator::evaluate_node(const AttributeExpression& node) {
  ASSIGN_OR_RETURN(const Value object, evaluate(*node.object));
  return get_attribute(*this, object, node.name);
}

Result<Value> Evaluator::evaluate_node(const SubscriptExpression& node) {
  ASSIGN_OR_RETURN(const Value object, evaluate(*node.object));
  if (const auto* slice = std::get_if<SliceExpression>(&node.index->node)) {
    ASSIGN_OR_RETURN(const Value start, evaluate_optional(slice->start));
    ASSIGN_OR_RETURN(const Value stop, evaluate_optional(slice->stop));
    ASSIGN_OR_RETURN(const Value step, evaluate_optional(slice->step));
    return get_slice(*this, object, {start, stop, step});
  }
  ASSIGN_OR_RETURN(const Value index, evaluate(*node.index));
  return get_item(*this, object, index);
}

// A slice inside a list of indices (x[1:2, 3]) selects nothing in any value that templates have.
Result<Value> Evaluator::evaluate_node(const SliceExpression& node) {
  RETURN_IF_ERROR(evaluate_optional(node.start));
  RETURN_IF_ERROR(evaluate_optional(node.stop));
  RETURN_IF_ERROR(evaluate_optional(node.step));
  return Value();
}

Result<Arguments> Evaluator::evaluate_arguments(const CallArguments& arguments) {
  Arguments result;
  for (const auto& argument : arguments.positional) {
    ASSIGN_OR_RETURN(Value value, evaluate(*argument));
    result.positional.push_back(std::move(value));
  }
  if (arguments.star) {
    ASSIGN_OR_RETURN(const Value list, evaluate(*arguments.star));
    ASSIGN_OR_RETURN(auto items, collect(list));
    for (Value& item : items) result.positional.push_back(std::move(item));
  }
  for (const auto& [key, argument] : arguments.named) {
    ASSIGN_OR_RETURN(Value value, evaluate(*argument));
    result.named.emplace_back(key, std::move(value));
  }
  if (!arguments.star_star) return result;
  ASSIGN_OR_RETURN(const Value dict, evaluate(*arguments.star_star));
  if (!dict.is_dict()) return bad_input("argument after ** must be a mapping, not {}", type_name(dict));
  for (const auto& [key, value] : dict.dict().entries) {
    if (!key.is_string()) return bad_input("keywords must be strings");
    RETURN_IF_ERROR(meter_.step());
    result.named.emplace_back(std::string(key.view()), value);
  }
  // The dict has no key twice, so only the names before it can clash with it.
  for (const auto& [key, argument] : arguments.named) {
    if (dict.dict().find(key) != nullptr)
      return bad_input("got multiple values for keyword argument '{}'", key);
  }
  return result;
}

Result<Value> Evaluator::evaluate_node(const CallExpression& node) {
  ASSIGN_OR_RETURN(const Value callee, evaluate(*node.callee));
  ASSIGN_OR_RETURN(const Arguments arguments, evaluate_arguments(node.arguments));
  return call(callee, arguments);
}

Result<Value> Evaluator::evaluate_filter(const FilterExpression& node, const Value& input) {
  ASSIGN_OR_RETURN(const Arguments arguments, evaluate_arguments(node.arguments));
  return apply_filter(node.name, input, arguments);
}

Result<Value> Evaluator::evaluate_node(const FilterExpression& node) {
  ASSIGN_OR_RETURN(const Value input, evaluate(*node.input));
  return evaluate_filter(node, input);
}

Result<Value> Evaluator::evaluate_block_filter(const Expression& filter, const Value& input) {
  const auto& node = std::get<FilterExpression>(filter.node);
  if (!node.input) return evaluate_filter(node, input);
  ASSIGN_OR_RETURN(const Value inner, evaluate_block_filter(*node.input, input));
  return evaluate_filter(node, inner);
}

Result<Value> Evaluator::evaluate_node(const TestExpression& node) {
  ASSIGN_OR_RETURN(const Value input, evaluate(*node.input));
  ASSIGN_OR_RETURN(const Arguments arguments, evaluate_arguments(node.arguments));
  ASSIGN_OR_RETURN(const bool holds, apply_test(node.name, input, arguments));
  return Value(holds);
}

}  // namespace nagare::chat_template
