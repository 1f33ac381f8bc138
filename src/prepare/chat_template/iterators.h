// Going through the items of values, and generators: what filters like map and select return.
#pragma once

#include <memory>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// Over a list, a dict's keys, a string's characters, a range, what a generator has left; undefined is empty.
Result<std::unique_ptr<Iterator>> make_iterator(const Value& iterable);
// Whether make_iterator takes it.
bool is_iterable(const Value& value);

// Hands out its items once, each computed when it is asked for.
class GeneratorObject : public Object {
 public:
  GeneratorObject(std::unique_ptr<Iterator> iterator, uint32_t depth)
      : iterator_(std::move(iterator)), depth_(depth) {}
  std::string_view type_name() const override { return "generator"; }
  Iterator* iterator() override { return iterator_.get(); }
  uint32_t depth() const override { return depth_; }

 private:
  std::unique_ptr<Iterator> iterator_;
  uint32_t depth_;
};

// len(value), or nothing where Python has none.
std::optional<size_t> length_of(const Value& value);

}  // namespace nagare::chat_template
