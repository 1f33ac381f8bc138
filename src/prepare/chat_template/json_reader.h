// The input of a template: JSON to values, each string marked as the user's or the template's.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

// Both give a dict whose keys are strings, or an error. At most kMaxValueDepth levels.
Result<Value> read_json(std::string_view text);
Result<Value> value_of_json(const nlohmann::ordered_json& object);

}  // namespace nagare::chat_template
