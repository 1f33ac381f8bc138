#include "prepare/chat_template/loop_object.h"

#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/iterators.h"

namespace nagare::chat_template {
namespace {

const Method kCycle = {"cycle", [](Evaluator&, const Value& self, const Arguments& arguments) {
                         return static_cast<LoopObject&>(self.object()).cycle(arguments);
                       }};
const Method kChanged = {"changed", [](Evaluator& evaluator, const Value& self, const Arguments& arguments) {
                           return static_cast<LoopObject&>(self.object()).changed(evaluator, arguments);
                         }};

}  // namespace

Result<bool> LoopObject::peek(Evaluator& evaluator) {
  if (next_) return true;
  if (at_end_ || !iterator_) return false;
  ASSIGN_OR_RETURN(next_, iterator_->next(evaluator));
  at_end_ = !next_.has_value();
  return !at_end_;
}

Result<bool> LoopObject::advance(Evaluator& evaluator) {
  ASSIGN_OR_RETURN(const bool more, peek(evaluator));
  if (!more) return false;
  ++index0_;
  previous_ = std::move(current_);
  current_ = std::exchange(next_, std::nullopt);
  return true;
}

void LoopObject::finish() {
  iterator_.reset();
  closure_.reset();
  last_changed_.reset();
}

Result<Integer> LoopObject::total(Evaluator& evaluator) {
  if (!length_) {
    std::vector<Value> rest;
    while (iterator_) {
      ASSIGN_OR_RETURN(auto item, iterator_->next(evaluator));
      if (!item) break;
      rest.push_back(std::move(*item));
      RETURN_IF_ERROR(evaluator.meter().step());
    }
    length_ = rest.size() + static_cast<size_t>(index0_ + 1) + (next_ ? 1 : 0);
    ASSIGN_OR_RETURN(const Value list, evaluator.make_list(std::move(rest)));
    ASSIGN_OR_RETURN(iterator_, make_iterator(list));
  }
  return static_cast<Integer>(*length_);
}

Result<std::optional<Value>> LoopObject::attribute(Evaluator& evaluator, std::string_view name) {
  if (name == "index0") return Value(index0_);
  if (name == "index") return Value(index0_ + 1);
  if (name == "first") return Value(index0_ == 0);
  if (name == "last") {
    ASSIGN_OR_RETURN(const bool more, peek(evaluator));
    return Value(!more);
  }
  if (name == "depth0") return Value(static_cast<Integer>(depth0_));
  if (name == "depth") return Value(static_cast<Integer>(depth0_) + 1);
  if (name == "previtem") {
    if (index0_ > 0) return *previous_;
    ASSIGN_OR_RETURN(Value none, evaluator.make_undefined("there is no previous item"));
    return none;
  }
  if (name == "nextitem") {
    ASSIGN_OR_RETURN(const bool more, peek(evaluator));
    if (more) return *next_;
    ASSIGN_OR_RETURN(Value none, evaluator.make_undefined("there is no next item"));
    return none;
  }
  if (name == "length" || name == "revindex" || name == "revindex0") {
    ASSIGN_OR_RETURN(const Integer length, total(evaluator));
    if (name == "length") return Value(length);
    return Value(name == "revindex" ? length - index0_ : length - index0_ - 1);
  }
  const Value self(shared_from_this());
  if (name == "cycle") return Value(std::make_shared<const BoundMethod>(BoundMethod{self, &kCycle}));
  if (name == "changed") return Value(std::make_shared<const BoundMethod>(BoundMethod{self, &kChanged}));
  return std::nullopt;
}

Result<Value> LoopObject::cycle(const Arguments& arguments) const {
  if (arguments.positional.empty()) return bad_input("no items for cycling given");
  return arguments.positional[static_cast<size_t>(index0_) % arguments.positional.size()];
}

Result<Value> LoopObject::changed(Evaluator& evaluator, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const Value now, evaluator.make_tuple(arguments.positional));
  if (last_changed_) {
    ASSIGN_OR_RETURN(const bool same, is_equal(evaluator.meter(), *last_changed_, now));
    if (same) return Value(false);
  }
  if (iterator_) last_changed_ = now;
  return Value(true);
}

Result<Value> LoopObject::call(Evaluator& evaluator, const Arguments& arguments) {
  if (!loop_.recursive || !closure_) {
    return bad_input("The loop must have the 'recursive' marker to be called recursively.");
  }
  if (arguments.positional.size() != 1 || !arguments.named.empty()) {
    return bad_input("loop() takes one argument, what to loop over");
  }
  return evaluator.recurse(loop_, closure_, arguments.positional.front(), depth0_ + 1);
}

Result<Text> LoopObject::display(Evaluator& evaluator) {
  ASSIGN_OR_RETURN(const Integer length, total(evaluator));
  return Text(fmt::format("<LoopContext {}/{}>", index0_ + 1, length));
}

}  // namespace nagare::chat_template
