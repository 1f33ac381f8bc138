// Schemas as JSON values: reading them within limits, references, and two schemas made one.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare {

using Json = nlohmann::ordered_json;  // properties keep their order

// The text's value; an error where it is no JSON, too deep or too large.
Result<Json> read_schema(std::string_view text);

// What a reference of the document ("#", "#/$defs/name") points to. Others are refused, never fetched.
Result<const Json*> resolve(const Json& document, const std::string& reference);

// The schema that accepts what both accept. Keywords that cannot be made one are an error.
Result<Json> merge(const Json& a, const Json& b);

}  // namespace nagare
