// Python's string functions over Text, for methods and filters alike. Every character keeps its origin. All
// of them take time linear in their input, whatever the input.
#pragma once

#include <optional>
#include <vector>

#include "prepare/chat_template/text_builder.h"

namespace nagare::chat_template {

// The first byte offset >= `from` where `wanted` stands, or npos. Linear (two-way search).
size_t find_bytes(std::string_view text, std::string_view wanted, size_t from = 0);
// The last one.
size_t find_last_bytes(std::string_view text, std::string_view wanted);

enum class Side : uint8_t { kLeft, kRight, kBoth };
// Without the characters of `chars` (white space where null) at the ends.
Text strip(const Text& text, const Text* chars, Side side);

// Without a limit where `max_splits` is negative.
using Pieces = Result<std::vector<Text>>;
Pieces split(Meter& meter, const Text& text, std::string_view separator, int64_t max_splits);
Pieces split_right(Meter& meter, const Text& text, std::string_view separator, int64_t max_splits);
Pieces split_space(Meter& meter, const Text& text, int64_t max_splits);
Pieces split_space_right(Meter& meter, const Text& text, int64_t max_splits);
Pieces split_lines(Meter& meter, const Text& text, bool keep_ends);

Result<Text> replace(Meter& meter, const Text& text, const Text& old, const Text& replacement, int64_t count);

// To `width` characters, filled with the character `fill`.
enum class Alignment : uint8_t { kLeft, kRight, kCentre };
Result<Text> pad(Meter& meter, const Text& text, size_t width, Alignment alignment, const Text& fill);

}  // namespace nagare::chat_template
