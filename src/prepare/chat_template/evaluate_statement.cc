#include "prepare/chat_template/attributes.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/loop_object.h"
#include "prepare/chat_template/objects.h"

namespace nagare::chat_template {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

// The items of a `for … if` that pass its test, each tried when the loop asks for the next.
class TestedIterator : public Iterator {
 public:
  TestedIterator(const ForStatement& loop, std::shared_ptr<Scope> closure, std::unique_ptr<Iterator> items)
      : loop_(loop), closure_(std::move(closure)), items_(std::move(items)) {}

  Result<std::optional<Value>> next(Evaluator& evaluator) override {
    while (true) {
      ASSIGN_OR_RETURN(auto item, items_->next(evaluator));
      if (!item) return std::nullopt;
      ASSIGN_OR_RETURN(const bool passes, evaluator.passes_loop_test(loop_, closure_, *item));
      if (passes) return item;
    }
  }

 private:
  const ForStatement& loop_;
  std::shared_ptr<Scope> closure_;
  std::unique_ptr<Iterator> items_;
};

}  // namespace

Result<Evaluator::Flow> Evaluator::run_body(const Body& body) {
  for (const Statement& statement : body) {
    ASSIGN_OR_RETURN(const Flow flow, run_statement(statement));
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::run_statement(const Statement& statement) {
  ASSIGN_OR_RETURN(const Level level, deeper());
  RETURN_IF_ERROR(meter_.step());
  line_ = statement.line;
  const auto next = [](Status status) -> Result<Flow> {
    if (!status) return std::unexpected(std::move(status.error()));
    return Flow::kNext;
  };
  return std::visit(
      Overloaded{
          [&](const DataStatement& data) { return next(out_->append(data.text, Origin::kTemplate)); },
          [&](const OutputStatement& output) { return next(run_output(output)); },
          [&](const IfStatement& branches) { return run_if(branches); },
          [&](const ForStatement& loop) { return run_for(loop); },
          [&](const SetStatement& set) {
            auto value = evaluate(*set.value);
            return next(value ? assign(set.target, *value) : std::unexpected(std::move(value.error())));
          },
          [&](const SetBlockStatement& block) { return next(run_set_block(block)); },
          [&](const WithStatement& with) { return run_with(with); },
          [&](const MacroStatement& macro) { return next(run_macro_statement(macro)); },
          [&](const CallBlockStatement& block) { return next(run_call_block(block)); },
          [&](const FilterBlockStatement& block) { return next(run_filter_block(block)); },
          [&](const ScopeStatement& block) { return next(run_scope(block)); },
          [&](const BlockStatement& block) { return next(run_named_block(block)); },
          [&](const AutoescapeStatement& block) { return run_autoescape(block); },
          [&](const LoopControlStatement& control) -> Result<Flow> {
            return control.is_break ? Flow::kBreak : Flow::kContinue;
          },
      },
      statement.node);
}

Status Evaluator::print(const Value& value) {
  if (autoescape_) {
    ASSIGN_OR_RETURN(const Value escaped, escape(*this, value));
    return out_->append(escaped.text());
  }
  if (value.is_string()) return out_->append(value.text());
  return display(*this, value, out_);
}

Status Evaluator::run_output(const OutputStatement& statement) {
  for (const auto& expression : statement.expressions) {
    ASSIGN_OR_RETURN(const Value value, evaluate(*expression));
    RETURN_IF_ERROR(print(value));
  }
  return {};
}

Result<Evaluator::Flow> Evaluator::run_if(const IfStatement& statement) {
  for (const auto& [test, body] : statement.branches) {
    ASSIGN_OR_RETURN(const Value value, evaluate(*test));
    if (is_true(value)) return run_body(body);
  }
  return run_body(statement.otherwise);
}

Result<Evaluator::Flow> Evaluator::run_in_scope(const Body& body, std::shared_ptr<Scope> scope) {
  std::swap(scope_, scope);
  ASSIGN_OR_RETURN(const Flow flow, run_body(body));
  std::swap(scope_, scope);
  return flow;
}

Result<Text> Evaluator::capture(const Body& body, std::shared_ptr<Scope> scope) {
  TextBuilder text(meter_);
  TextBuilder* const outer = std::exchange(out_, &text);
  RETURN_IF_ERROR(run_in_scope(body, std::move(scope)));
  out_ = outer;
  return text.take();
}

Result<Evaluator::Flow> Evaluator::run_for(const ForStatement& loop) {
  ASSIGN_OR_RETURN(const Value iterable, evaluate(*loop.iterable));
  RETURN_IF_ERROR(loop_over(loop, scope_, iterable, 0));
  return Flow::kNext;
}

Status Evaluator::loop_over(const ForStatement& loop, const std::shared_ptr<Scope>& closure,
                            const Value& iterable, uint32_t loop_depth) {
  ASSIGN_OR_RETURN(auto items, iterate(iterable));
  auto length = length_of(iterable);
  if (loop.test) {
    items = std::make_unique<TestedIterator>(loop, closure, std::move(items));
    length.reset();
  }
  const auto state = std::make_shared<LoopObject>(loop, closure, std::move(items), length, loop_depth);
  struct Finish {
    LoopObject& state;
    ~Finish() { state.finish(); }
  } const finish{*state};
  // As in Jinja2, `else` runs unless some iteration came to its end: a `break` in the first leaves it to run.
  bool completed_one = false;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, state->advance(*this));
    if (!more) break;
    RETURN_IF_ERROR(meter_.step());
    ASSIGN_OR_RETURN(const Flow flow, run_iteration(loop, closure, state->current(), state));
    if (flow == Flow::kBreak) break;
    completed_one |= flow == Flow::kNext;
  }
  if (!completed_one && !loop.otherwise.empty())
    RETURN_IF_ERROR(run_in_scope(loop.otherwise, new_scope(closure)));
  return {};
}

Result<Evaluator::Flow> Evaluator::run_iteration(const ForStatement& loop,
                                                 const std::shared_ptr<Scope>& closure, const Value& item,
                                                 const std::shared_ptr<LoopObject>& state) {
  auto outer = std::exchange(scope_, new_scope(closure));
  scope_->set(kLoopName, Value(std::static_pointer_cast<Object>(state)));
  RETURN_IF_ERROR(assign(loop.target, item));
  ASSIGN_OR_RETURN(const Flow flow, run_body(loop.body));
  scope_ = std::move(outer);
  return flow;
}

Result<bool> Evaluator::passes_loop_test(const ForStatement& loop, const std::shared_ptr<Scope>& closure,
                                         const Value& item) {
  ASSIGN_OR_RETURN(const Level level, deeper());
  RETURN_IF_ERROR(meter_.step());
  auto outer = std::exchange(scope_, new_scope(closure));
  RETURN_IF_ERROR(assign(loop.target, item));
  ASSIGN_OR_RETURN(const Value value, evaluate(*loop.test));
  scope_ = std::move(outer);
  return is_true(value);
}

Result<Value> Evaluator::recurse(const ForStatement& loop, std::shared_ptr<Scope> closure,
                                 const Value& iterable, uint32_t loop_depth) {
  ASSIGN_OR_RETURN(const Level level, deeper());
  TextBuilder text(meter_);
  TextBuilder* const outer = std::exchange(out_, &text);
  auto outer_scope = scope_;
  RETURN_IF_ERROR(loop_over(loop, closure, iterable, loop_depth));
  scope_ = std::move(outer_scope);
  out_ = outer;
  return make_text(text.take(), autoescape_);
}

Status Evaluator::assign(const Target& target, const Value& value) {
  if (target.is_tuple) {
    ASSIGN_OR_RETURN(const auto parts, collect(value));
    if (parts.size() < target.parts.size()) {
      return bad_input("not enough values to unpack (expected {}, got {})", target.parts.size(),
                       parts.size());
    }
    if (parts.size() > target.parts.size()) {
      return bad_input("too many values to unpack (expected {})", target.parts.size());
    }
    for (size_t i = 0; i < parts.size(); ++i) RETURN_IF_ERROR(assign(target.parts[i], parts[i]));
    return {};
  }
  if (target.attribute.empty()) {
    scope_->set(target.name, value);
    return {};
  }
  const Value* object = find_variable(target.name);
  auto* space =
      object != nullptr && object->is_object() ? dynamic_cast<NamespaceObject*>(&object->object()) : nullptr;
  if (space == nullptr) return bad_input("cannot assign attribute on non-namespace object");
  return space->set(*this, target.attribute, value);
}

Status Evaluator::run_set_block(const SetBlockStatement& statement) {
  ASSIGN_OR_RETURN(Text text, capture(statement.body, new_scope(scope_)));
  ASSIGN_OR_RETURN(Value value, make_text(std::move(text), autoescape_));
  if (statement.filter) {
    ASSIGN_OR_RETURN(value, evaluate_block_filter(*statement.filter, value));
  }
  return assign(statement.target, value);
}

Result<Evaluator::Flow> Evaluator::run_with(const WithStatement& statement) {
  std::vector<Value> values;
  for (const auto& [target, expression] : statement.assignments) {
    ASSIGN_OR_RETURN(Value value, evaluate(*expression));
    values.push_back(std::move(value));
  }
  auto outer = std::exchange(scope_, new_scope(scope_));
  for (size_t i = 0; i < values.size(); ++i)
    RETURN_IF_ERROR(assign(statement.assignments[i].first, values[i]));
  ASSIGN_OR_RETURN(const Flow flow, run_body(statement.body));
  scope_ = std::move(outer);
  return flow;
}

Status Evaluator::run_filter_block(const FilterBlockStatement& statement) {
  ASSIGN_OR_RETURN(Text text, capture(statement.body, new_scope(scope_)));
  ASSIGN_OR_RETURN(const Value input, make_text(std::move(text), autoescape_));
  ASSIGN_OR_RETURN(const Value value, evaluate_block_filter(*statement.filter, input));
  return print(value);
}

Status Evaluator::run_scope(const ScopeStatement& statement) {
  RETURN_IF_ERROR(run_in_scope(statement.body, new_scope(scope_)));
  return {};
}

Status Evaluator::run_named_block(const BlockStatement& statement) {
  RETURN_IF_ERROR(run_in_scope(statement.body, new_scope(statement.scoped ? scope_ : top_scope_)));
  return {};
}

Result<Evaluator::Flow> Evaluator::run_autoescape(const AutoescapeStatement& statement) {
  ASSIGN_OR_RETURN(const Value enabled, evaluate(*statement.enabled));
  const bool outer = std::exchange(autoescape_, is_true(enabled));
  ASSIGN_OR_RETURN(const Flow flow, run_in_scope(statement.body, new_scope(scope_)));
  autoescape_ = outer;
  return flow;
}

}  // namespace nagare::chat_template
