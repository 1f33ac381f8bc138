// Text from outside (names in files, paths, requests) made fit for a one-line message on a terminal, and
// numbers made readable. Used wherever an error names something that a file or a user supplied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nagare {

// `text` with control characters, quotes, backslashes and bytes that are not valid UTF-8 written as \xNN, cut
// with
// "..." to about `limit_bytes`. A hostile name can neither break the line nor drive the terminal.
std::string printable(std::string_view text, size_t limit_bytes = 96);

// 12288 → "12,288".
std::string grouped(uint64_t number);

}  // namespace nagare
