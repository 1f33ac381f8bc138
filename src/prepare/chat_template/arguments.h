// What a filter, test, function or method was called with, matched to the names of its parameters.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "prepare/chat_template/text.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

class BoundArguments {
 public:
  // The argument for the parameter with this index, or null where none was given.
  const Value* get(size_t index) const { return values_[index]; }
  bool has(size_t index) const { return values_[index] != nullptr; }
  // Given, and not None.
  bool has_value(size_t index) const { return has(index) && !values_[index]->is_none(); }
  bool truth(size_t index, bool otherwise) const;
  Result<Integer> whole(size_t index, Integer otherwise) const;
  // A string argument; the error names the parameter.
  Result<const Text*> text(size_t index) const;

 private:
  friend Result<BoundArguments> bind(std::string_view, const Arguments&,
                                     std::initializer_list<std::string_view>, size_t);
  std::string_view callee_;
  std::vector<std::string_view> names_;
  std::vector<const Value*> values_;
};

// As Python binds: positional ones in order, then named ones; the first `required` must be there. The result
// points into `arguments`.
Result<BoundArguments> bind(std::string_view callee, const Arguments& arguments,
                            std::initializer_list<std::string_view> names, size_t required = 0);

}  // namespace nagare::chat_template
