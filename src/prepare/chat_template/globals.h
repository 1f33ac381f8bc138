// The functions every template sees: range, dict, namespace, cycler, joiner, lipsum, raise_exception,
// strftime_now.
#pragma once

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// Null where there is none of that name.
const Function* find_global(std::string_view name);

}  // namespace nagare::chat_template
