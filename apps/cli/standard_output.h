// Standard output, checked: the results of every command go through here, so that a closed pipe and a full
// disk are noticed at once, and not after an hour of computing into nowhere.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace nagare::cli {

// Opens descriptors 0 to 2 where the caller closed them, so that no file of ours is taken for one of them:
// stdin reads nothing, stdout refuses what is written, stderr swallows it. The first thing in main().
void occupy_standard_descriptors();

// Writes the text and flushes it. A reader who went away (`| head`) is kCancelled: he has what he wanted, the
// program ends quietly. Anything else (no space left, closed) is a failure with its reason.
Status write_out(std::string_view text);

// One JSON value and a newline; invalid UTF-8 in it (half a character from a model) becomes U+FFFD.
Status write_json(const nlohmann::ordered_json& value);

}  // namespace nagare::cli
