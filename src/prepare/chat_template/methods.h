// The methods of the built-in types that a template may call.
#pragma once

#include <span>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// All methods of the value's type.
std::span<const Method> methods_of(const Value& value);

// By type; text_methods.cc and text_class_methods.cc share those of str.
std::span<const Method> string_methods();
std::span<const Method> dict_methods();
std::span<const Method> sequence_methods();
std::span<const Method> whole_methods();
std::span<const Method> float_methods();

}  // namespace nagare::chat_template
