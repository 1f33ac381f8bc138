// Values as text: Python's str() and repr(), and HTML escaping.
#pragma once

#include "prepare/chat_template/text_builder.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// Appends str(value): what {{ value }} prints.
Status display(Evaluator& evaluator, const Value& value, TextBuilder* out);
// Appends repr(value): how a value stands inside a printed list.
Status represent(Evaluator& evaluator, const Value& value, TextBuilder* out);

Result<Text> display_text(Evaluator& evaluator, const Value& value);
Result<Text> represent_text(Evaluator& evaluator, const Value& value);

// A markup string with & < > ' " escaped, unless the value is markup already.
Result<Value> escape(Evaluator& evaluator, const Value& value);
Text escape_text(const Text& text);

}  // namespace nagare::chat_template
