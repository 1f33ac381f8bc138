// A parsed template: plain data, made by the parser, read by the evaluator, shared by every rendering.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// Index into Template::names. The names with a meaning of their own have the first ones, in every template.
using NameId = uint32_t;
constexpr NameId kLoopName = 0, kCallerName = 1, kVarargsName = 2, kKwargsName = 3;

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

enum class UnaryOperator : uint8_t { kNot, kNegate, kPlus };
enum class BinaryOperator : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };
enum class CompareOperator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn
};

struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr star;       // *list, or null
  ExpressionPtr star_star;  // **dict, or null
};

struct ConstantExpression {
  Value value;
};
struct NameExpression {
  NameId name;
};
struct SequenceExpression {
  std::vector<ExpressionPtr> items;
  bool is_tuple;
};
struct DictExpression {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct UnaryExpression {
  UnaryOperator op;
  ExpressionPtr operand;
};
struct BinaryExpression {
  BinaryOperator op;
  ExpressionPtr left, right;
};
struct LogicalExpression {
  bool is_and;
  ExpressionPtr left, right;
};
struct ConcatenationExpression {  // a ~ b ~ c
  std::vector<ExpressionPtr> items;
};
struct ComparisonExpression {  // a < b <= c
  ExpressionPtr first;
  std::vector<std::pair<CompareOperator, ExpressionPtr>> rest;
};
struct ConditionalExpression {
  ExpressionPtr test, then, otherwise;  // otherwise may be null
};
struct AttributeExpression {
  ExpressionPtr object;
  std::string name;
};
struct SubscriptExpression {
  ExpressionPtr object, index;
};
struct SliceExpression {  // only as the index of a subscript; each part may be null
  ExpressionPtr start, stop, step;
};
struct CallExpression {
  ExpressionPtr callee;
  CallArguments arguments;
};
struct FilterExpression {
  ExpressionPtr input;  // null at the beginning of a filter block: the block's text
  std::string name;
  CallArguments arguments;
};
struct TestExpression {
  ExpressionPtr input;
  std::string name;
  CallArguments arguments;
};

struct Expression {
  uint32_t line;
  uint32_t depth;  // levels of expressions below, this one included
  std::variant<ConstantExpression, NameExpression, SequenceExpression, DictExpression, UnaryExpression,
               BinaryExpression, LogicalExpression, ConcatenationExpression, ComparisonExpression,
               ConditionalExpression, AttributeExpression, SubscriptExpression, SliceExpression,
               CallExpression, FilterExpression, TestExpression>
      node;
};

// What an assignment stores to: a name, an attribute of a namespace, or a tuple of targets.
struct Target {
  NameId name = 0;
  std::string attribute;      // empty unless namespace.attribute
  std::vector<Target> parts;  // where is_tuple
  bool is_tuple = false;
};

struct Statement;
using Body = std::vector<Statement>;

// The parameters of a macro or a call block.
struct Signature {
  std::vector<NameId> parameters;
  std::vector<ExpressionPtr> defaults;  // of the last parameters
};

struct DataStatement {
  std::string text;
};
struct OutputStatement {  // {{ … }}
  std::vector<ExpressionPtr> expressions;
};
struct IfStatement {
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  Body otherwise;
};
struct ForStatement {
  Target target;
  ExpressionPtr iterable;
  ExpressionPtr test;  // may be null
  Body body, otherwise;
  bool recursive;
};
struct SetStatement {
  Target target;
  ExpressionPtr value;
};
struct SetBlockStatement {
  Target target;
  ExpressionPtr filter;  // applied to the block's text; may be null
  Body body;
};
struct WithStatement {
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Body body;
};
struct MacroDefinition {
  std::string name;  // of a call block: "caller"
  Signature signature;
  bool uses_varargs = false, uses_kwargs = false, uses_caller = false;
  Body body;
};
struct MacroStatement {
  NameId name;
  std::shared_ptr<const MacroDefinition> macro;
};
struct CallBlockStatement {
  ExpressionPtr call;  // a CallExpression
  std::shared_ptr<const MacroDefinition> caller;
};
struct FilterBlockStatement {
  ExpressionPtr filter;
  Body body;
};
struct ScopeStatement {  // {% generation %}: a scope of its own
  Body body;
};
struct BlockStatement {  // {% block name %}: rendered in place, seeing only the template's own variables
  std::string name;
  bool scoped;
  Body body;
};
struct AutoescapeStatement {
  ExpressionPtr enabled;
  Body body;
};
struct LoopControlStatement {
  bool is_break;
};

struct Statement {
  uint32_t line;
  std::variant<DataStatement, OutputStatement, IfStatement, ForStatement, SetStatement, SetBlockStatement,
               WithStatement, MacroStatement, CallBlockStatement, FilterBlockStatement, ScopeStatement,
               BlockStatement, AutoescapeStatement, LoopControlStatement>
      node;
};

struct Template {
  std::vector<std::string> names;  // by NameId
  Body body;
};

}  // namespace nagare::chat_template
