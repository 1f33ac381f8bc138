#include "base/graphemes.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/utf8.h"

namespace nagare {
namespace {

Utf8Char decode(std::string_view text, size_t offset) {
  return decode_utf8(text.data() + offset, text.data() + text.size());
}

}  // namespace

size_t next_grapheme(std::string_view text, size_t offset) {
  if (offset >= text.size()) return text.size();
  Utf8Char here = decode(text, offset);
  offset += here.byte_count;
  utf8proc_int32_t state = 0;
  while (offset < text.size()) {
    const Utf8Char next = decode(text, offset);
    const bool together =
        here.valid && next.valid &&
        !utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(here.code_point),
                                          static_cast<utf8proc_int32_t>(next.code_point), &state);
    if (!together) break;
    offset += next.byte_count;
    here = next;
  }
  return offset;
}

size_t previous_grapheme(std::string_view text, size_t offset) {
  // Clusters are found from the left only; lines that people type are short.
  size_t begin = 0;
  for (size_t end = next_grapheme(text, 0); end < offset; end = next_grapheme(text, end)) begin = end;
  return begin;
}

int display_width(std::string_view text) {
  int columns = 0;
  for (size_t offset = 0; offset < text.size();) {
    const size_t end = next_grapheme(text, offset);
    int widest = 0;
    while (offset < end) {
      const Utf8Char here = decode(text, offset);
      const int width = here.valid ? utf8proc_charwidth(static_cast<utf8proc_int32_t>(here.code_point)) : 1;
      widest = std::max(widest, width);
      offset += here.byte_count;
    }
    columns += widest;
  }
  return columns;
}

}  // namespace nagare
