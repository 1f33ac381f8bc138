#include "prepare/chat_template/objects.h"

#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"

namespace nagare::chat_template {
namespace {

constexpr size_t kAttributeBytes = 192;

const Method kNext = {"next", [](Evaluator&, const Value& self, const Arguments&) -> Result<Value> {
                        return static_cast<CyclerObject&>(self.object()).next();
                      }};
const Method kReset = {"reset", [](Evaluator&, const Value& self, const Arguments&) -> Result<Value> {
                         static_cast<CyclerObject&>(self.object()).reset();
                         return Value();
                       }};

}  // namespace

Status NamespaceObject::set(Evaluator& evaluator, std::string_view name, Value value) {
  if (const auto found = index_.find(name); found != index_.end()) {
    attributes_[found->second].second = std::move(value);
    return {};
  }
  RETURN_IF_ERROR(charge_.add(evaluator.meter(), kAttributeBytes + name.size() * 2));
  index_.emplace(name, attributes_.size());
  attributes_.emplace_back(name, std::move(value));
  return {};
}

Result<std::optional<Value>> NamespaceObject::attribute(Evaluator&, std::string_view name) {
  const auto found = index_.find(name);
  return found != index_.end() ? std::optional(attributes_[found->second].second) : std::nullopt;
}

Result<Text> NamespaceObject::display(Evaluator& evaluator) {
  TextBuilder out(evaluator.meter());
  RETURN_IF_ERROR(out.append("<Namespace {", Origin::kTemplate));
  bool first = true;
  for (const auto& [name, value] : attributes_) {
    if (!first) RETURN_IF_ERROR(out.append(", ", Origin::kTemplate));
    first = false;
    ASSIGN_OR_RETURN(const Value key, evaluator.make_text(name));
    RETURN_IF_ERROR(represent(evaluator, key, &out));
    RETURN_IF_ERROR(out.append(": ", Origin::kTemplate));
    RETURN_IF_ERROR(represent(evaluator, value, &out));
  }
  RETURN_IF_ERROR(out.append("}>", Origin::kTemplate));
  return out.take();
}

Value CyclerObject::next() {
  Value item = items_[position_];
  position_ = (position_ + 1) % items_.size();
  return item;
}

Result<std::optional<Value>> CyclerObject::attribute(Evaluator&, std::string_view name) {
  if (name == "current") return items_[position_];
  if (name == "pos") return Value(position_);
  const Value self(shared_from_this());
  if (name == "next") return Value(std::make_shared<const BoundMethod>(BoundMethod{self, &kNext}));
  if (name == "reset") return Value(std::make_shared<const BoundMethod>(BoundMethod{self, &kReset}));
  return std::nullopt;
}

Result<std::optional<Value>> JoinerObject::attribute(Evaluator&, std::string_view name) {
  if (name == "sep") return separator_;
  if (name == "used") return Value(used_);
  return std::nullopt;
}

Result<Value> JoinerObject::call(Evaluator& evaluator, const Arguments&) {
  if (used_) return separator_;
  used_ = true;
  return evaluator.make_text("");
}

}  // namespace nagare::chat_template
