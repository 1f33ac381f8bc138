// tojson: Python's json.dumps as Hugging Face's templates call it (nothing escaped for HTML).
#pragma once

#include "prepare/chat_template/text_builder.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

struct JsonStyle {
  bool ascii_only = false;
  bool sort_keys = false;
  bool has_lines = false;  // one item a line, indented
  Text indent;             // per level, where has_lines
  Text item_separator = Text(", ");
  Text key_separator = Text(": ");
};

Status write_json(Evaluator& evaluator, const Value& value, const JsonStyle& style, TextBuilder* out);

}  // namespace nagare::chat_template
