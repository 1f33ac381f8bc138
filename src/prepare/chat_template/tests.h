// The tests of the template language: x is defined, x is divisibleby 3.
#pragma once

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

struct Test {
  std::string_view name;
  Result<bool> (*apply)(Evaluator&, const Value& input, const Arguments&);
};

// Null where there is none of that name.
const Test* find_test(std::string_view name);

}  // namespace nagare::chat_template
