#include <algorithm>
#include <type_traits>

#include "prepare/chat_template/parser.h"

namespace nagare::chat_template {
namespace {

uint32_t depth_of(const ExpressionPtr& expression) {
  return expression ? expression->depth : 0;
}

uint32_t depth_of(const CallArguments& arguments) {
  uint32_t depth = std::max(depth_of(arguments.star), depth_of(arguments.star_star));
  for (const auto& argument : arguments.positional) depth = std::max(depth, depth_of(argument));
  for (const auto& [name, argument] : arguments.named) depth = std::max(depth, depth_of(argument));
  return depth;
}

uint32_t depth_of(const std::vector<ExpressionPtr>& expressions) {
  uint32_t depth = 0;
  for (const auto& expression : expressions) depth = std::max(depth, depth_of(expression));
  return depth;
}

// The deepest part of a node.
struct PartDepth {
  uint32_t operator()(const ConstantExpression&) const { return 0; }
  uint32_t operator()(const NameExpression&) const { return 0; }
  uint32_t operator()(const SequenceExpression& node) const { return depth_of(node.items); }
  uint32_t operator()(const DictExpression& node) const {
    uint32_t depth = 0;
    for (const auto& [key, value] : node.entries) depth = std::max({depth, depth_of(key), depth_of(value)});
    return depth;
  }
  uint32_t operator()(const UnaryExpression& node) const { return depth_of(node.operand); }
  uint32_t operator()(const BinaryExpression& node) const {
    return std::max(depth_of(node.left), depth_of(node.right));
  }
  uint32_t operator()(const LogicalExpression& node) const {
    return std::max(depth_of(node.left), depth_of(node.right));
  }
  uint32_t operator()(const ConcatenationExpression& node) const { return depth_of(node.items); }
  uint32_t operator()(const ComparisonExpression& node) const {
    uint32_t depth = depth_of(node.first);
    for (const auto& [op, operand] : node.rest) depth = std::max(depth, depth_of(operand));
    return depth;
  }
  uint32_t operator()(const ConditionalExpression& node) const {
    return std::max({depth_of(node.test), depth_of(node.then), depth_of(node.otherwise)});
  }
  uint32_t operator()(const AttributeExpression& node) const { return depth_of(node.object); }
  uint32_t operator()(const SubscriptExpression& node) const {
    return std::max(depth_of(node.object), depth_of(node.index));
  }
  uint32_t operator()(const SliceExpression& node) const {
    return std::max({depth_of(node.start), depth_of(node.stop), depth_of(node.step)});
  }
  uint32_t operator()(const CallExpression& node) const {
    return std::max(depth_of(node.callee), depth_of(node.arguments));
  }
  uint32_t operator()(const FilterExpression& node) const {
    return std::max(depth_of(node.input), depth_of(node.arguments));
  }
  uint32_t operator()(const TestExpression& node) const {
    return std::max(depth_of(node.input), depth_of(node.arguments));
  }
};

std::optional<CompareOperator> compare_operator(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return CompareOperator::kEqual;
    case TokenKind::kNotEqual:
      return CompareOperator::kNotEqual;
    case TokenKind::kLess:
      return CompareOperator::kLess;
    case TokenKind::kLessEqual:
      return CompareOperator::kLessEqual;
    case TokenKind::kGreater:
      return CompareOperator::kGreater;
    case TokenKind::kGreaterEqual:
      return CompareOperator::kGreaterEqual;
    default:
      return std::nullopt;
  }
}

Value string_constant(std::string bytes) {
  return Value(std::make_shared<const String>(Text(std::move(bytes)), false));
}

}  // namespace

template <class Node>
Parsed<ExpressionPtr> Parser::make(uint32_t line, Node node) {
  const uint32_t depth = PartDepth{}(node) + 1;
  if (depth > kMaxExpressionDepth) {
    return error_at(line, fmt::format("an expression is more than {} levels deep", kMaxExpressionDepth));
  }
  return std::make_unique<const Expression>(Expression{line, depth, std::move(node)});
}

Parsed<ExpressionPtr> Parser::parse_expression(bool with_conditional) {
  if (++expression_depth_ > kMaxExpressionDepth) {
    return error(fmt::format("an expression is more than {} levels deep", kMaxExpressionDepth));
  }
  auto expression = with_conditional ? parse_conditional() : parse_or();
  --expression_depth_;
  return expression;
}

Parsed<ExpressionPtr> Parser::parse_conditional() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr then, parse_or());
  while (skip_name("if")) {
    ASSIGN_OR_RETURN(ExpressionPtr test, parse_or());
    ExpressionPtr otherwise;
    if (skip_name("else")) {
      ASSIGN_OR_RETURN(otherwise, parse_expression());
    }
    ASSIGN_OR_RETURN(
        then, make(line, ConditionalExpression{std::move(test), std::move(then), std::move(otherwise)}));
  }
  return then;
}

Parsed<ExpressionPtr> Parser::parse_or() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr left, parse_and());
  while (skip_name("or")) {
    ASSIGN_OR_RETURN(ExpressionPtr right, parse_and());
    ASSIGN_OR_RETURN(left, make(line, LogicalExpression{false, std::move(left), std::move(right)}));
  }
  return left;
}

Parsed<ExpressionPtr> Parser::parse_and() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr left, parse_not());
  while (skip_name("and")) {
    ASSIGN_OR_RETURN(ExpressionPtr right, parse_not());
    ASSIGN_OR_RETURN(left, make(line, LogicalExpression{true, std::move(left), std::move(right)}));
  }
  return left;
}

Parsed<ExpressionPtr> Parser::parse_not() {
  const uint32_t line = current().line;
  size_t count = 0;
  while (skip_name("not")) ++count;
  ASSIGN_OR_RETURN(ExpressionPtr operand, parse_comparison());
  for (; count > 0; --count) {
    ASSIGN_OR_RETURN(operand, make(line, UnaryExpression{UnaryOperator::kNot, std::move(operand)}));
  }
  return operand;
}

Parsed<ExpressionPtr> Parser::parse_comparison() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr first, parse_sum());
  std::vector<std::pair<CompareOperator, ExpressionPtr>> rest;
  while (true) {
    CompareOperator op{};
    if (const auto symbol = compare_operator(current().kind)) {
      op = *symbol;
      take();
    } else if (skip_name("in")) {
      op = CompareOperator::kIn;
    } else if (at_name("not") && look_ahead().kind == TokenKind::kName && look_ahead().text == "in") {
      op = CompareOperator::kNotIn;
      take();
      take();
    } else {
      break;
    }
    ASSIGN_OR_RETURN(ExpressionPtr operand, parse_sum());
    rest.emplace_back(op, std::move(operand));
  }
  if (rest.empty()) return first;
  return make(line, ComparisonExpression{std::move(first), std::move(rest)});
}

Parsed<ExpressionPtr> Parser::parse_sum() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr left, parse_concatenation());
  while (at(TokenKind::kAdd) || at(TokenKind::kSubtract)) {
    const auto op = take().kind == TokenKind::kAdd ? BinaryOperator::kAdd : BinaryOperator::kSubtract;
    ASSIGN_OR_RETURN(ExpressionPtr right, parse_concatenation());
    ASSIGN_OR_RETURN(left, make(line, BinaryExpression{op, std::move(left), std::move(right)}));
  }
  return left;
}

Parsed<ExpressionPtr> Parser::parse_concatenation() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr first, parse_product());
  if (!at(TokenKind::kTilde)) return first;
  ConcatenationExpression concatenation;
  concatenation.items.push_back(std::move(first));
  while (skip(TokenKind::kTilde)) {
    ASSIGN_OR_RETURN(ExpressionPtr item, parse_product());
    concatenation.items.push_back(std::move(item));
  }
  return make(line, std::move(concatenation));
}

Parsed<ExpressionPtr> Parser::parse_product() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr left, parse_power());
  while (true) {
    BinaryOperator op{};
    switch (current().kind) {
      case TokenKind::kMultiply:
        op = BinaryOperator::kMultiply;
        break;
      case TokenKind::kDivide:
        op = BinaryOperator::kDivide;
        break;
      case TokenKind::kFloorDivide:
        op = BinaryOperator::kFloorDivide;
        break;
      case TokenKind::kModulo:
        op = BinaryOperator::kModulo;
        break;
      default:
        return left;
    }
    take();
    ASSIGN_OR_RETURN(ExpressionPtr right, parse_power());
    ASSIGN_OR_RETURN(left, make(line, BinaryExpression{op, std::move(left), std::move(right)}));
  }
}

// Jinja2's grammar makes ** left-associative, but hands the chain to Python in parentheses: (2 ** 3) ** 2.
Parsed<ExpressionPtr> Parser::parse_power() {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(ExpressionPtr left, parse_unary());
  while (skip(TokenKind::kPower)) {
    ASSIGN_OR_RETURN(ExpressionPtr right, parse_unary());
    ASSIGN_OR_RETURN(left,
                     make(line, BinaryExpression{BinaryOperator::kPower, std::move(left), std::move(right)}));
  }
  return left;
}

Parsed<ExpressionPtr> Parser::parse_unary(bool with_filters) {
  const uint32_t line = current().line;
  ExpressionPtr expression;
  if (at(TokenKind::kSubtract) || at(TokenKind::kAdd)) {
    if (++expression_depth_ > kMaxExpressionDepth) return error("too many signs in a row");
    const auto op = take().kind == TokenKind::kSubtract ? UnaryOperator::kNegate : UnaryOperator::kPlus;
    ASSIGN_OR_RETURN(ExpressionPtr operand, parse_unary(false));
    --expression_depth_;
    ASSIGN_OR_RETURN(expression, make(line, UnaryExpression{op, std::move(operand)}));
  } else {
    ASSIGN_OR_RETURN(expression, parse_primary());
  }
  ASSIGN_OR_RETURN(expression, parse_postfix(std::move(expression)));
  if (!with_filters) return expression;
  return parse_filters_and_tests(std::move(expression));
}

Parsed<ExpressionPtr> Parser::parse_primary() {
  const uint32_t line = current().line;
  switch (current().kind) {
    case TokenKind::kName:
      return parse_name_expression();
    case TokenKind::kString: {
      std::string value = take().text;
      while (at(TokenKind::kString)) value += take().text;
      return make(line, ConstantExpression{string_constant(std::move(value))});
    }
    case TokenKind::kInteger:
      return make(line, ConstantExpression{Value(take().integer)});
    case TokenKind::kFloat:
      return make(line, ConstantExpression{Value(take().real)});
    case TokenKind::kLeftParen: {
      take();
      ASSIGN_OR_RETURN(ExpressionPtr inner, parse_tuple(true, {}, true));
      RETURN_IF_ERROR(expect(TokenKind::kRightParen, "')'"));
      return inner;
    }
    case TokenKind::kLeftBracket:
      return parse_list();
    case TokenKind::kLeftBrace:
      return parse_dict();
    default:
      return unexpected_token("an expression");
  }
}

Parsed<ExpressionPtr> Parser::parse_name_expression() {
  const Token& token = take();
  const std::string& name = token.text;
  if (name == "true" || name == "True") return make(token.line, ConstantExpression{Value(true)});
  if (name == "false" || name == "False") return make(token.line, ConstantExpression{Value(false)});
  if (name == "none" || name == "None") return make(token.line, ConstantExpression{Value()});
  uses_varargs_ |= name == "varargs";
  uses_kwargs_ |= name == "kwargs";
  uses_caller_ |= name == "caller";
  return make(token.line, NameExpression{intern(name)});
}

Parsed<ExpressionPtr> Parser::parse_list() {
  const uint32_t line = take().line;
  SequenceExpression list{{}, false};
  while (!at(TokenKind::kRightBracket)) {
    if (!list.items.empty()) RETURN_IF_ERROR(expect(TokenKind::kComma, "',' or ']'"));
    if (at(TokenKind::kRightBracket)) break;
    ASSIGN_OR_RETURN(ExpressionPtr item, parse_expression());
    list.items.push_back(std::move(item));
  }
  take();
  return make(line, std::move(list));
}

Parsed<ExpressionPtr> Parser::parse_dict() {
  const uint32_t line = take().line;
  DictExpression dict;
  while (!at(TokenKind::kRightBrace)) {
    if (!dict.entries.empty()) RETURN_IF_ERROR(expect(TokenKind::kComma, "',' or '}'"));
    if (at(TokenKind::kRightBrace)) break;
    ASSIGN_OR_RETURN(ExpressionPtr key, parse_expression());
    RETURN_IF_ERROR(expect(TokenKind::kColon, "':'"));
    ASSIGN_OR_RETURN(ExpressionPtr value, parse_expression());
    dict.entries.emplace_back(std::move(key), std::move(value));
  }
  take();
  return make(line, std::move(dict));
}

Parsed<ExpressionPtr> Parser::parse_tuple(bool with_conditional, Words end_words, bool in_parentheses) {
  const uint32_t line = current().line;
  const auto at_end = [&] {
    return at(TokenKind::kExpressionEnd) || at(TokenKind::kBlockEnd) || at(TokenKind::kRightParen) ||
           at_any_name(end_words);
  };
  SequenceExpression tuple{{}, true};
  bool has_comma = false;
  while (!at_end()) {
    ASSIGN_OR_RETURN(ExpressionPtr item, parse_expression(with_conditional));
    tuple.items.push_back(std::move(item));
    if (!skip(TokenKind::kComma)) break;
    has_comma = true;
  }
  if (!has_comma && !tuple.items.empty()) return std::move(tuple.items.front());
  if (!has_comma && !in_parentheses) return unexpected_token("an expression");
  return make(line, std::move(tuple));
}

Parsed<ExpressionPtr> Parser::parse_postfix(ExpressionPtr expression) {
  while (true) {
    if (at(TokenKind::kDot)) {
      ASSIGN_OR_RETURN(expression, parse_attribute(std::move(expression)));
    } else if (at(TokenKind::kLeftBracket)) {
      ASSIGN_OR_RETURN(expression, parse_subscript(std::move(expression)));
    } else if (at(TokenKind::kLeftParen)) {
      ASSIGN_OR_RETURN(expression, parse_call(std::move(expression)));
    } else {
      return expression;
    }
  }
}

Parsed<ExpressionPtr> Parser::parse_filters_and_tests(ExpressionPtr expression) {
  while (true) {
    if (at(TokenKind::kPipe)) {
      ASSIGN_OR_RETURN(expression, parse_filter_chain(std::move(expression)));
    } else if (at_name("is")) {
      ASSIGN_OR_RETURN(expression, parse_test(std::move(expression)));
    } else if (at(TokenKind::kLeftParen)) {
      ASSIGN_OR_RETURN(expression, parse_call(std::move(expression)));
    } else {
      return expression;
    }
  }
}

Parsed<ExpressionPtr> Parser::parse_attribute(ExpressionPtr object) {
  const uint32_t line = take().line;
  if (at(TokenKind::kInteger)) {
    ASSIGN_OR_RETURN(ExpressionPtr index, make(line, ConstantExpression{Value(take().integer)}));
    return make(line, SubscriptExpression{std::move(object), std::move(index)});
  }
  ASSIGN_OR_RETURN(std::string name, take_name());
  return make(line, AttributeExpression{std::move(object), std::move(name)});
}

Parsed<ExpressionPtr> Parser::parse_subscript(ExpressionPtr object) {
  const uint32_t line = take().line;
  SequenceExpression items{{}, true};
  while (!at(TokenKind::kRightBracket)) {
    if (!items.items.empty()) RETURN_IF_ERROR(expect(TokenKind::kComma, "',' or ']'"));
    ASSIGN_OR_RETURN(ExpressionPtr item, parse_subscript_item());
    items.items.push_back(std::move(item));
  }
  take();
  ExpressionPtr index;
  if (items.items.size() == 1) {
    index = std::move(items.items.front());
  } else {
    ASSIGN_OR_RETURN(index, make(line, std::move(items)));
  }
  return make(line, SubscriptExpression{std::move(object), std::move(index)});
}

Parsed<ExpressionPtr> Parser::parse_subscript_item() {
  const uint32_t line = current().line;
  const auto at_part_end = [&] {
    return at(TokenKind::kColon) || at(TokenKind::kRightBracket) || at(TokenKind::kComma);
  };
  SliceExpression slice;
  if (!at(TokenKind::kColon)) {
    ASSIGN_OR_RETURN(slice.start, parse_expression());
    if (!at(TokenKind::kColon)) return std::move(slice.start);
  }
  take();
  if (!at_part_end()) {
    ASSIGN_OR_RETURN(slice.stop, parse_expression());
  }
  if (skip(TokenKind::kColon) && !at_part_end()) {
    ASSIGN_OR_RETURN(slice.step, parse_expression());
  }
  return make(line, std::move(slice));
}

Parsed<ExpressionPtr> Parser::parse_call(ExpressionPtr callee) {
  const uint32_t line = current().line;
  ASSIGN_OR_RETURN(CallArguments arguments, parse_call_arguments());
  return make(line, CallExpression{std::move(callee), std::move(arguments)});
}

Parsed<CallArguments> Parser::parse_call_arguments() {
  CallArguments arguments;
  RETURN_IF_ERROR(expect(TokenKind::kLeftParen, "'('"));
  bool first = true;
  while (!at(TokenKind::kRightParen)) {
    if (!first) {
      RETURN_IF_ERROR(expect(TokenKind::kComma, "',' or ')'"));
      if (at(TokenKind::kRightParen)) break;
    }
    first = false;
    if (skip(TokenKind::kMultiply)) {
      if (arguments.star || arguments.star_star) return error("invalid syntax for function call expression");
      ASSIGN_OR_RETURN(arguments.star, parse_expression());
    } else if (skip(TokenKind::kPower)) {
      if (arguments.star_star) return error("invalid syntax for function call expression");
      ASSIGN_OR_RETURN(arguments.star_star, parse_expression());
    } else if (at(TokenKind::kName) && look_ahead().kind == TokenKind::kAssign) {
      if (arguments.star_star) return error("invalid syntax for function call expression");
      std::string name = take().text;
      take();
      for (const auto& [other, value] : arguments.named) {
        if (other == name) return error(fmt::format("keyword argument repeated: {}", name));
      }
      ASSIGN_OR_RETURN(ExpressionPtr value, parse_expression());
      arguments.named.emplace_back(std::move(name), std::move(value));
    } else {
      if (arguments.star || arguments.star_star || !arguments.named.empty()) {
        return error("invalid syntax for function call expression");
      }
      ASSIGN_OR_RETURN(ExpressionPtr value, parse_expression());
      arguments.positional.push_back(std::move(value));
    }
  }
  take();
  return arguments;
}

Parsed<std::string> Parser::parse_dotted_name() {
  ASSIGN_OR_RETURN(std::string name, take_name());
  while (skip(TokenKind::kDot)) {
    ASSIGN_OR_RETURN(const std::string part, take_name());
    name += "." + part;
  }
  return name;
}

Parsed<ExpressionPtr> Parser::parse_filter(ExpressionPtr input) {
  const uint32_t line = current().line;
  FilterExpression filter;
  filter.input = std::move(input);
  ASSIGN_OR_RETURN(filter.name, parse_dotted_name());
  if (at(TokenKind::kLeftParen)) {
    ASSIGN_OR_RETURN(filter.arguments, parse_call_arguments());
  }
  return make(line, std::move(filter));
}

Parsed<ExpressionPtr> Parser::parse_filter_chain(ExpressionPtr input) {
  while (skip(TokenKind::kPipe)) {
    ASSIGN_OR_RETURN(input, parse_filter(std::move(input)));
  }
  return input;
}

Parsed<ExpressionPtr> Parser::parse_test(ExpressionPtr input) {
  const uint32_t line = take().line;
  const bool negated = skip_name("not");
  TestExpression test;
  test.input = std::move(input);
  ASSIGN_OR_RETURN(test.name, parse_dotted_name());
  const auto begins_argument = [&] {
    switch (current().kind) {
      case TokenKind::kName:
        return !at_any_name({"else", "or", "and"});
      case TokenKind::kString:
      case TokenKind::kInteger:
      case TokenKind::kFloat:
      case TokenKind::kLeftBracket:
      case TokenKind::kLeftBrace:
        return true;
      default:
        return false;
    }
  };
  if (at(TokenKind::kLeftParen)) {
    ASSIGN_OR_RETURN(test.arguments, parse_call_arguments());
  } else if (begins_argument()) {
    if (at_name("is")) return error("You cannot chain multiple tests with is");
    ASSIGN_OR_RETURN(ExpressionPtr argument, parse_primary());
    ASSIGN_OR_RETURN(argument, parse_postfix(std::move(argument)));
    test.arguments.positional.push_back(std::move(argument));
  }
  ASSIGN_OR_RETURN(ExpressionPtr expression, make(line, std::move(test)));
  if (!negated) return expression;
  return make(line, UnaryExpression{UnaryOperator::kNot, std::move(expression)});
}

}  // namespace nagare::chat_template
