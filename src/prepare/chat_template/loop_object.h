// `loop`, inside a for block.
#pragma once

#include "prepare/chat_template/ast.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

struct Scope;

class LoopObject : public Object {
 public:
  // `closure` is the scope around the loop. `iterable` gives the length where it has one.
  LoopObject(const ForStatement& loop, std::shared_ptr<Scope> closure, std::unique_ptr<Iterator> iterator,
             std::optional<size_t> length, uint32_t depth0)
      : loop_(loop),
        closure_(std::move(closure)),
        iterator_(std::move(iterator)),
        length_(length),
        depth0_(depth0) {}

  // Moves on to the next item; false at the end.
  Result<bool> advance(Evaluator& evaluator);
  const Value& current() const { return *current_; }
  // The loop is over: lets go of all that could lead back to it.
  void finish();

  std::string_view type_name() const override { return "LoopContext"; }
  Result<std::optional<Value>> attribute(Evaluator& evaluator, std::string_view name) override;
  bool is_callable() const override { return true; }
  Result<Value> call(Evaluator& evaluator, const Arguments& arguments) override;
  Result<Text> display(Evaluator& evaluator) override;
  void clear() override { finish(); }

  Result<Value> cycle(const Arguments& arguments) const;
  Result<Value> changed(Evaluator& evaluator, const Arguments& arguments);

 private:
  Result<bool> peek(Evaluator& evaluator);  // whether an item follows
  Result<Integer> total(Evaluator& evaluator);

  const ForStatement& loop_;
  std::shared_ptr<Scope> closure_;
  std::unique_ptr<Iterator> iterator_;  // null once finished
  std::optional<size_t> length_;
  uint32_t depth0_;
  Integer index0_ = -1;
  std::optional<Value> previous_, current_, next_;
  bool at_end_ = false;
  std::optional<Value> last_changed_;  // a tuple of what changed() was last given
};

}  // namespace nagare::chat_template
