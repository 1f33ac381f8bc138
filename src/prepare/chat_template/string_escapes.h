// Python's escapes in string literals.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare::chat_template {

// The value of the characters between a literal's quotes.
Result<std::string> unescape_string(std::string_view literal);

}  // namespace nagare::chat_template
