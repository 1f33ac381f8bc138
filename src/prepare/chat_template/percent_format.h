// "…" % values: Python's old string formatting.
#pragma once

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// `values` is a tuple (one per conversion), a dict (for %(name)s), or the one value.
Result<Value> percent_format(Evaluator& evaluator, const Value& format, const Value& values);

}  // namespace nagare::chat_template
