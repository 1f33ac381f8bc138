// The little HTML that Jinja2's filters know.
#pragma once

#include "prepare/chat_template/text.h"

namespace nagare::chat_template {

// Without comments and tags, white space folded, character references resolved (numeric ones and those of
// HTML's syntax characters and a few more).
Text without_tags(const Text& text);

}  // namespace nagare::chat_template
