// str.isdigit() and its kin.
#pragma once

#include <span>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

std::span<const Method> text_class_methods();

// Also tests of the template language ("is lower", "is upper"): some letter has case, and all that have, this
// one.
bool is_lower_text(std::string_view text);
bool is_upper_text(std::string_view text);

}  // namespace nagare::chat_template
