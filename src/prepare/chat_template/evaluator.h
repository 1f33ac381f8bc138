// Runs a parsed template over its variables. One Evaluator is one rendering, on one thread.
//
// It offers to the rest of the room (filters, tests, methods) what they need of it: making values inside the
// budget, calling, iterating, attributes. Statements are in evaluate_statement.cc, expressions in
// evaluate_expression.cc, macros in macro.cc.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "prepare/chat_template/ast.h"
#include "prepare/chat_template/text_builder.h"

namespace nagare::chat_template {

// The date and time that strftime_now() prints.
using LocalTime = std::chrono::local_seconds;

// The variables of one block of the template that has its own; looked up outwards.
struct Scope {
  std::shared_ptr<Scope> parent;
  std::vector<std::pair<NameId, Value>> variables;

  const Value* find_here(NameId name) const {
    for (const auto& [id, value] : variables) {
      if (id == name) return &value;
    }
    return nullptr;
  }
  void set(NameId name, Value value) {
    for (auto& [id, old] : variables) {
      if (id == name) {
        old = std::move(value);
        return;
      }
    }
    variables.emplace_back(name, std::move(value));
  }
};

class LoopObject;

class Evaluator {
 public:
  // `variables` is what the caller renders with. All three outlive the evaluator.
  Evaluator(const Template& source, const Dict& variables, const Budget& budget,
            std::optional<LocalTime> now);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  Result<Text> run();
  // The line last evaluated: where an error happened.
  uint32_t line() const { return line_; }

  // Making values. The errors are those of the budget.
  Meter& meter() { return meter_; }
  Result<Value> make_text(Text text, bool is_markup = false);
  Result<Value> make_text(std::string_view bytes) { return make_text(Text(bytes)); }
  Result<Value> make_sequence(SequenceKind kind, std::vector<Value> items);
  Result<Value> make_list(std::vector<Value> items) {
    return make_sequence(SequenceKind::kList, std::move(items));
  }
  Result<Value> make_tuple(std::vector<Value> items) {
    return make_sequence(SequenceKind::kTuple, std::move(items));
  }
  Result<Value> make_dict(std::vector<Dict::Entry> entries);
  Result<Value> make_undefined(std::string message);
  // A generator: items come when they are asked for, once. `depth` is that of what it reads from.
  Result<Value> make_generator(std::unique_ptr<Iterator> iterator, uint32_t depth);
  // Keeps an object that a template can change until the rendering ends, so that cycles do no harm.
  Result<Value> keep(std::shared_ptr<Object> object);

  // One level deeper for as long as the result lives.
  class Level {
   public:
    explicit Level(Evaluator* evaluator) : evaluator_(evaluator) {}
    Level(Level&& other) noexcept : evaluator_(std::exchange(other.evaluator_, nullptr)) {}
    Level& operator=(Level&&) = delete;
    ~Level() {
      if (evaluator_ != nullptr) --evaluator_->depth_;
    }

   private:
    Evaluator* evaluator_;
  };
  Result<Level> deeper();

  Result<Value> call(const Value& callee, const Arguments& arguments);
  Result<Value> apply_filter(std::string_view name, const Value& input, const Arguments& arguments);
  Result<bool> apply_test(std::string_view name, const Value& input, const Arguments& arguments);
  // The values one after the other; an error where there is nothing to iterate over.
  Result<std::unique_ptr<Iterator>> iterate(const Value& iterable);
  Result<std::vector<Value>> collect(const Value& iterable);

  bool autoescape() const { return autoescape_; }
  std::optional<LocalTime> now() const { return now_; }
  const std::string& name(NameId id) const { return template_.names[id]; }

  // Macros (macro.cc).
  Result<Value> call_macro(const MacroDefinition& macro, const std::shared_ptr<Scope>& closure,
                           const Arguments& arguments);
  // A recursive loop, run again over other items. The closure by value: the caller's may die meanwhile.
  Result<Value> recurse(const ForStatement& loop, std::shared_ptr<Scope> closure, const Value& iterable,
                        uint32_t loop_depth);
  // Assigns to a for loop's or set tag's target in the current scope.
  Status assign(const Target& target, const Value& value);
  // Whether an item passes the test of a `for … if`.
  Result<bool> passes_loop_test(const ForStatement& loop, const std::shared_ptr<Scope>& closure,
                                const Value& item);

 private:
  enum class Flow : uint8_t { kNext, kBreak, kContinue };

  // Statements.
  Result<Flow> run_body(const Body& body);
  Result<Flow> run_statement(const Statement& statement);
  Result<Flow> run_if(const IfStatement& statement);
  Result<Flow> run_for(const ForStatement& loop);
  Status loop_over(const ForStatement& loop, const std::shared_ptr<Scope>& closure, const Value& iterable,
                   uint32_t loop_depth);
  Result<Flow> run_iteration(const ForStatement& loop, const std::shared_ptr<Scope>& closure,
                             const Value& item, const std::shared_ptr<LoopObject>& state);
  Status run_output(const OutputStatement& statement);
  Status run_set_block(const SetBlockStatement& statement);
  Result<Flow> run_with(const WithStatement& statement);
  Status run_macro_statement(const MacroStatement& statement);
  Status run_call_block(const CallBlockStatement& statement);
  Status run_filter_block(const FilterBlockStatement& statement);
  Status run_scope(const ScopeStatement& statement);
  Status run_named_block(const BlockStatement& statement);
  Result<Flow> run_autoescape(const AutoescapeStatement& statement);
  // Runs a body in a scope inside `parent` and returns what it printed.
  Result<Text> capture(const Body& body, std::shared_ptr<Scope> scope);
  Result<Flow> run_in_scope(const Body& body, std::shared_ptr<Scope> scope);
  Status print(const Value& value);
  std::shared_ptr<Scope> new_scope(std::shared_ptr<Scope> parent) const {
    return std::make_shared<Scope>(Scope{std::move(parent), {}});
  }

  // Expressions.
  Result<Value> evaluate(const Expression& expression);
  Result<Value> evaluate_node(const ConstantExpression& node);
  Result<Value> evaluate_node(const NameExpression& node);
  Result<Value> evaluate_node(const SequenceExpression& node);
  Result<Value> evaluate_node(const DictExpression& node);
  Result<Value> evaluate_node(const UnaryExpression& node);
  Result<Value> evaluate_node(const BinaryExpression& node);
  Result<Value> evaluate_node(const LogicalExpression& node);
  Result<Value> evaluate_node(const ConcatenationExpression& node);
  Result<Value> evaluate_node(const ComparisonExpression& node);
  Result<Value> evaluate_node(const ConditionalExpression& node);
  Result<Value> evaluate_node(const AttributeExpression& node);
  Result<Value> evaluate_node(const SubscriptExpression& node);
  Result<Value> evaluate_node(const SliceExpression& node);
  Result<Value> evaluate_node(const CallExpression& node);
  Result<Value> evaluate_node(const FilterExpression& node);
  Result<Value> evaluate_node(const TestExpression& node);
  Result<Value> evaluate_filter(const FilterExpression& node, const Value& input);
  // The chain of filters of a filter block or set block, over the block's text.
  Result<Value> evaluate_block_filter(const Expression& filter, const Value& input);
  Result<Arguments> evaluate_arguments(const CallArguments& arguments);
  Result<Value> evaluate_optional(const ExpressionPtr& expression);  // None where there is none
  const Value* find_variable(NameId name) const;

  // First, so that it outlives every value.
  Meter meter_;
  const Template& template_;
  std::vector<std::optional<Value>>
      globals_;  // by NameId: the caller's variables, and the language's functions
  std::optional<LocalTime> now_;
  std::vector<std::shared_ptr<Object>> kept_;
  std::vector<MemoryCharge> kept_charges_;
  std::shared_ptr<Scope> top_scope_;
  std::shared_ptr<Scope> scope_;
  TextBuilder* out_ = nullptr;
  uint32_t depth_ = 0;
  uint32_t line_ = 1;
  bool autoescape_ = false;
};

}  // namespace nagare::chat_template
