// What a command reads beside its model: texts and lists of token ids, from an option or a file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nagare::cli {

// All bytes of a file, or of standard input for "-". At most 1 GiB.
Result<std::string> read_input(const std::string& path);

// "1,2,3", "[1, 2, 3]" or numbers between white space.
Result<std::vector<int32_t>> parse_token_ids(std::string_view text);

}  // namespace nagare::cli
