// Text as a terminal shows it: characters as people see them (extended grapheme clusters, Unicode UAX #29)
// and the columns they take (two for most of Chinese, Japanese and Korean). For line editors and tables.
//
// The texts must be valid UTF-8; bytes that are not count as one character of one column each.
#pragma once

#include <cstddef>
#include <string_view>

namespace nagare {

// Where the character that begins at `offset` ends; text.size() at the end.
size_t next_grapheme(std::string_view text, size_t offset);
// Where the character that ends at `offset` begins; 0 at the beginning.
size_t previous_grapheme(std::string_view text, size_t offset);
// Columns of the whole text; control characters take none.
int display_width(std::string_view text);

}  // namespace nagare
