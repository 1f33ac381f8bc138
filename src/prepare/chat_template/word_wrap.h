// Breaking a paragraph into lines, as Python's textwrap does with tabs and white space left as they are.
#pragma once

#include <vector>

#include "prepare/chat_template/text.h"

namespace nagare::chat_template {

struct WrapStyle {
  size_t width = 79;  // characters
  bool breaks_long_words = true;
  bool breaks_on_hyphens = true;
};

// A paragraph of white space only has no lines.
std::vector<Text> wrap_words(const Text& paragraph, const WrapStyle& style);

}  // namespace nagare::chat_template
