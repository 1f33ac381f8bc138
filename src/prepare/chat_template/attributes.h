// x.name, x[index] and x[a:b:c], as Jinja2's immutable sandbox answers them: names with underscores in front
// and methods that would change a list or dict are undefined.
#pragma once

#include <span>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// x.name: an attribute or method of that name, else the item.
Result<Value> get_attribute(Evaluator& evaluator, const Value& object, std::string_view name);
// x[index]: the item, else the attribute or method of that name.
Result<Value> get_item(Evaluator& evaluator, const Value& object, const Value& index);
// Only attributes and methods; nothing where there is none.
Result<std::optional<Value>> find_attribute(Evaluator& evaluator, const Value& object, std::string_view name);

struct SliceBounds {
  Value start, stop, step;  // None where left out
};
Result<Value> get_slice(Evaluator& evaluator, const Value& object, const SliceBounds& bounds);

}  // namespace nagare::chat_template
