// The `attribute` of filters such as map and sort: "function.name", "items.0", an index.
#pragma once

#include <optional>
#include <vector>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

class AttributePath {
 public:
  // Null is the empty path: the item itself.
  static Result<AttributePath> parse(Evaluator& evaluator, const Value* attribute);
  // "a,b.c": one path per comma.
  static Result<std::vector<AttributePath>> parse_several(Evaluator& evaluator, const Value* attribute);

  // Stands for what is undefined on the way.
  void set_default(Value value) { default_ = std::move(value); }
  Result<Value> get(Evaluator& evaluator, const Value& item) const;

 private:
  std::vector<Value> parts_;
  std::optional<Value> default_;
};

// A string in lower case, anything else as it is.
Result<Value> lowered(Evaluator& evaluator, const Value& value);

}  // namespace nagare::chat_template
