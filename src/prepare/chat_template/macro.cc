// Macros, and the call blocks that hand them a `caller`.
#include <algorithm>

#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"

namespace nagare::chat_template {
namespace {

class MacroObject : public Object {
 public:
  MacroObject(std::shared_ptr<const MacroDefinition> macro, std::shared_ptr<Scope> closure)
      : macro_(std::move(macro)), closure_(std::move(closure)) {}

  std::string_view type_name() const override { return "Macro"; }
  bool is_callable() const override { return true; }
  Result<Value> call(Evaluator& evaluator, const Arguments& arguments) override {
    const auto macro = macro_;
    const auto closure = closure_;
    return evaluator.call_macro(*macro, closure, arguments);
  }
  Result<std::optional<Value>> attribute(Evaluator& evaluator, std::string_view name) override {
    if (name == "name") {
      ASSIGN_OR_RETURN(Value text, evaluator.make_text(macro_->name));
      return text;
    }
    if (name == "catch_kwargs") return Value(macro_->uses_kwargs);
    if (name == "catch_varargs") return Value(macro_->uses_varargs);
    if (name == "caller") return Value(macro_->uses_caller);
    if (name != "arguments") return std::nullopt;
    std::vector<Value> names;
    for (const NameId id : macro_->signature.parameters) {
      ASSIGN_OR_RETURN(Value text, evaluator.make_text(evaluator.name(id)));
      names.push_back(std::move(text));
    }
    ASSIGN_OR_RETURN(Value tuple, evaluator.make_tuple(std::move(names)));
    return tuple;
  }
  Result<Text> display(Evaluator&) override { return Text(fmt::format("<Macro '{}'>", macro_->name)); }
  void clear() override { closure_.reset(); }

 private:
  std::shared_ptr<const MacroDefinition> macro_;
  std::shared_ptr<Scope> closure_;
};

using NamedValues = std::vector<std::pair<std::string, Value>>;

std::optional<Value> take_named(NamedValues* named, std::string_view name) {
  const auto found =
      std::find_if(named->begin(), named->end(), [&](const auto& item) { return item.first == name; });
  if (found == named->end()) return std::nullopt;
  Value value = std::move(found->second);
  named->erase(found);
  return value;
}

}  // namespace

Status Evaluator::run_macro_statement(const MacroStatement& statement) {
  ASSIGN_OR_RETURN(Value macro, keep(std::make_shared<MacroObject>(statement.macro, scope_)));
  scope_->set(statement.name, std::move(macro));
  return {};
}

Status Evaluator::run_call_block(const CallBlockStatement& statement) {
  const auto& node = std::get<CallExpression>(statement.call->node);
  ASSIGN_OR_RETURN(const Value callee, evaluate(*node.callee));
  ASSIGN_OR_RETURN(Arguments arguments, evaluate_arguments(node.arguments));
  ASSIGN_OR_RETURN(Value caller, keep(std::make_shared<MacroObject>(statement.caller, scope_)));
  arguments.named.emplace_back("caller", std::move(caller));
  ASSIGN_OR_RETURN(const Value value, call(callee, arguments));
  return print(value);
}

Result<Value> Evaluator::call_macro(const MacroDefinition& macro, const std::shared_ptr<Scope>& closure,
                                    const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Level level, deeper());
  const auto& parameters = macro.signature.parameters;
  const auto& positional = arguments.positional;
  NamedValues named = arguments.named;
  const auto scope = new_scope(closure);
  bool found_caller = false;
  std::vector<bool> is_given(parameters.size(), true);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (i < positional.size()) {
      scope->set(parameters[i], positional[i]);
      continue;
    }
    found_caller |= parameters[i] == kCallerName;
    if (auto value = take_named(&named, name(parameters[i]))) {
      scope->set(parameters[i], std::move(*value));
    } else {
      is_given[i] = false;
    }
  }
  if (macro.uses_caller && !found_caller) {
    auto caller = take_named(&named, "caller");
    if (!caller) {
      ASSIGN_OR_RETURN(caller, make_undefined("No caller defined"));
    }
    scope->set(kCallerName, std::move(*caller));
  }
  if (macro.uses_kwargs) {
    std::vector<Dict::Entry> entries;
    for (auto& [key, value] : named) {
      ASSIGN_OR_RETURN(Value key_text, make_text(key));
      entries.emplace_back(std::move(key_text), std::move(value));
    }
    ASSIGN_OR_RETURN(Value dict, make_dict(std::move(entries)));
    scope->set(kKwargsName, std::move(dict));
  } else if (!named.empty()) {
    return bad_input("macro '{}' takes no keyword argument '{}'", macro.name, named.front().first);
  }
  if (macro.uses_varargs) {
    const auto given = static_cast<std::ptrdiff_t>(std::min(parameters.size(), positional.size()));
    ASSIGN_OR_RETURN(Value rest,
                     make_tuple(std::vector<Value>(positional.begin() + given, positional.end())));
    scope->set(kVarargsName, std::move(rest));
  } else if (positional.size() > parameters.size()) {
    return bad_input("macro '{}' takes not more than {} argument(s)", macro.name, parameters.size());
  }

  auto outer = std::exchange(scope_, scope);
  const size_t first_default = parameters.size() - macro.signature.defaults.size();
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (is_given[i]) continue;
    if (i >= first_default) {
      ASSIGN_OR_RETURN(Value value, evaluate(*macro.signature.defaults[i - first_default]));
      scope->set(parameters[i], std::move(value));
    } else {
      ASSIGN_OR_RETURN(Value none,
                       make_undefined(fmt::format("parameter '{}' was not provided", name(parameters[i]))));
      scope->set(parameters[i], std::move(none));
    }
  }
  ASSIGN_OR_RETURN(Text text, capture(macro.body, scope));
  scope_ = std::move(outer);
  return make_text(std::move(text), autoescape_);
}

}  // namespace nagare::chat_template
