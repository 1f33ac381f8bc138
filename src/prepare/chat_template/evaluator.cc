#include "prepare/chat_template/evaluator.h"

#include "prepare/chat_template/filters.h"
#include "prepare/chat_template/globals.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/tests.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

constexpr size_t kItemBytes = 96;  // charged per item of a list: the item, and what small values hang from it
constexpr size_t kKeptObjectBytes = 512;  // charged per namespace, macro, …, with its scope
constexpr size_t kUndefinedBytes = 160;

}  // namespace

Evaluator::Evaluator(const Template& source, const Dict& variables, const Budget& budget,
                     std::optional<LocalTime> now)
    : meter_(budget), template_(source), globals_(source.names.size()), now_(now) {
  for (size_t id = 0; id < source.names.size(); ++id) {
    const std::string& name = source.names[id];
    if (const Value* value = variables.find(name)) {
      globals_[id] = *value;
    } else if (const Function* function = find_global(name)) {
      globals_[id] = Value(function);
    }
  }
  top_scope_ = new_scope(nullptr);
  scope_ = top_scope_;
}

Evaluator::~Evaluator() {
  // Every object is held by kept_ while they let go of one another, so no chain of them is destroyed
  // recursively.
  for (const auto& object : kept_) object->clear();
}

Result<Text> Evaluator::run() {
  TextBuilder out(meter_);
  out_ = &out;
  RETURN_IF_ERROR(run_body(template_.body));
  return out.take();
}

Result<Value> Evaluator::make_text(Text text, bool is_markup) {
  MemoryCharge charge;
  RETURN_IF_ERROR(charge.add(meter_, sizeof(String) + text.footprint_bytes()));
  return Value(std::make_shared<const String>(std::move(text), is_markup, std::move(charge)));
}

Result<Value> Evaluator::make_sequence(SequenceKind kind, std::vector<Value> items) {
  MemoryCharge charge;
  RETURN_IF_ERROR(charge.add(meter_, sizeof(Sequence) + items.size() * kItemBytes));
  RETURN_IF_ERROR(meter_.step(items.size()));
  auto sequence = std::make_shared<const Sequence>(kind, std::move(items), std::move(charge));
  if (sequence->depth > kMaxValueDepth) {
    return bad_input("a list has more than {} lists inside one another", kMaxValueDepth);
  }
  return Value(std::move(sequence));
}

Result<Value> Evaluator::make_dict(std::vector<Dict::Entry> entries) {
  for (const auto& [key, value] : entries) {
    if (!may_be_key(key)) return bad_input("unhashable type: '{}'", type_name(key));
  }
  MemoryCharge charge;
  RETURN_IF_ERROR(charge.add(meter_, sizeof(Dict) + entries.size() * 2 * kItemBytes));
  RETURN_IF_ERROR(meter_.step(entries.size() * 4));
  auto dict = std::make_shared<const Dict>(std::move(entries), std::move(charge));
  if (dict->depth > kMaxValueDepth) {
    return bad_input("a dict has more than {} dicts inside one another", kMaxValueDepth);
  }
  return Value(std::move(dict));
}

Result<Value> Evaluator::make_undefined(std::string message) {
  UndefinedInfo info{std::move(message)};
  RETURN_IF_ERROR(info.charge.add(meter_, kUndefinedBytes));
  return Value(std::make_shared<const UndefinedInfo>(std::move(info)));
}

Result<Value> Evaluator::make_generator(std::unique_ptr<Iterator> iterator, uint32_t depth) {
  if (depth >= kMaxValueDepth) return bad_input("more than {} filters read from one another", kMaxValueDepth);
  return Value(
      std::static_pointer_cast<Object>(std::make_shared<GeneratorObject>(std::move(iterator), depth + 1)));
}

Result<Value> Evaluator::keep(std::shared_ptr<Object> object) {
  MemoryCharge charge;
  RETURN_IF_ERROR(charge.add(meter_, kKeptObjectBytes));
  kept_charges_.push_back(std::move(charge));
  kept_.push_back(object);
  return Value(std::move(object));
}

Result<Evaluator::Level> Evaluator::deeper() {
  if (depth_ >= meter_.budget().depth) {
    return bad_input("it goes more than {} levels deep; does a macro call itself without end?",
                     meter_.budget().depth);
  }
  ++depth_;
  return Level(this);
}

Result<Value> Evaluator::call(const Value& callee, const Arguments& arguments) {
  RETURN_IF_ERROR(meter_.step());
  switch (callee.kind()) {
    case ValueKind::kFunction:
      return callee.function().call(*this, arguments);
    case ValueKind::kMethod:
      return callee.method().method->call(*this, callee.method().self, arguments);
    case ValueKind::kObject:
      return callee.object().call(*this, arguments);
    case ValueKind::kUndefined:
      return bad_input("{}", callee.undefined_info().message);
    default:
      return bad_input("'{}' object is not callable", type_name(callee));
  }
}

Result<Value> Evaluator::apply_filter(std::string_view name, const Value& input, const Arguments& arguments) {
  const Filter* filter = find_filter(name);
  if (filter == nullptr) return bad_input("No filter named '{}'.", name);
  RETURN_IF_ERROR(meter_.step());
  return filter->apply(*this, input, arguments);
}

Result<bool> Evaluator::apply_test(std::string_view name, const Value& input, const Arguments& arguments) {
  const Test* test = find_test(name);
  if (test == nullptr) return bad_input("No test named '{}'.", name);
  RETURN_IF_ERROR(meter_.step());
  return test->apply(*this, input, arguments);
}

Result<std::unique_ptr<Iterator>> Evaluator::iterate(const Value& iterable) {
  return make_iterator(iterable);
}

Result<std::vector<Value>> Evaluator::collect(const Value& iterable) {
  ASSIGN_OR_RETURN(auto iterator, iterate(iterable));
  std::vector<Value> items;
  while (true) {
    ASSIGN_OR_RETURN(auto item, iterator->next(*this));
    if (!item) return items;
    items.push_back(std::move(*item));
    RETURN_IF_ERROR(meter_.step());
    if (items.size() % 1024 == 0) RETURN_IF_ERROR(meter_.would_fit(items.size() * kItemBytes));
  }
}

}  // namespace nagare::chat_template
