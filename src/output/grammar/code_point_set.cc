#include "output/grammar/code_point_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace nagare {
namespace {

void append_escaped(std::string& text, char32_t c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
    text += static_cast<char>(c);
  } else if (c <= 0xFF) {
    text += fmt::format("\\x{:02X}", static_cast<uint32_t>(c));
  } else if (c <= 0xFFFF) {
    text += fmt::format("\\u{:04X}", static_cast<uint32_t>(c));
  } else {
    text += fmt::format("\\U{:08X}", static_cast<uint32_t>(c));
  }
}

}  // namespace

std::vector<CodePointRange> normal_set(std::vector<CodePointRange> ranges, bool inverted) {
  std::ranges::sort(ranges, {}, &CodePointRange::first);
  if (inverted) {
    std::vector<CodePointRange> others;
    others.reserve(ranges.size() + 1);
    char32_t next = 0;
    for (const CodePointRange& range : ranges) {
      if (range.first > next) others.push_back({next, range.first - 1});
      next = std::max<char32_t>(next, range.last + 1);
    }
    if (next <= kLastCodePoint) others.push_back({next, kLastCodePoint});
    ranges = std::move(others);
  }
  std::vector<CodePointRange> joined;
  joined.reserve(ranges.size() + 1);
  const auto add = [&](char32_t first, char32_t last) {
    if (first > last) return;
    if (!joined.empty() && first <= joined.back().last + 1) {
      joined.back().last = std::max(joined.back().last, last);
    } else {
      joined.push_back({first, last});
    }
  };
  for (const CodePointRange& range : ranges) {
    add(range.first, std::min<char32_t>(range.last, kFirstSurrogate - 1));
    add(std::max<char32_t>(range.first, kLastSurrogate + 1), range.last);
  }
  return joined;
}

std::string grammar_set(const std::vector<CodePointRange>& set) {
  std::string text = "[";
  for (const CodePointRange& range : set) {
    append_escaped(text, range.first);
    if (range.first == range.last) continue;
    text += '-';
    append_escaped(text, range.last);
  }
  return text + "]";
}

std::string grammar_literal(std::string_view literal) {
  std::string text = "\"";
  const char* const end = literal.data() + literal.size();
  for (const char* next = literal.data(); next < end;) {
    const Utf8Char c = decode_utf8(next, end);
    if (c.code_point < 0x20 || c.code_point == '"' || c.code_point == '\\' || c.code_point == 0x7F) {
      append_escaped(text, c.code_point);
    } else {
      text.append(next, c.byte_count);
    }
    next += c.byte_count;
  }
  return text + "\"";
}

}  // namespace nagare
