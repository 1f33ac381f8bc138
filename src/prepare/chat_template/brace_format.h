// "…".format(…): Python's new string formatting, with attributes reached as the sandbox lets them.
#pragma once

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// Returns the text; the caller gives it the class of `format` (plain or markup).
Result<Text> brace_format(Evaluator& evaluator, const Value& format, const Arguments& arguments);

}  // namespace nagare::chat_template
