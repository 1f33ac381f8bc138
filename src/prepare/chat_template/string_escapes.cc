#include "prepare/chat_template/string_escapes.h"

#include <charconv>

#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

// `digits` hexadecimal digits of a \x, \u or \U escape.
Result<char32_t> parse_hex(std::string_view literal, size_t from, size_t digits) {
  uint32_t c = 0;
  const char* begin = literal.data() + std::min(from, literal.size());
  const char* end = literal.data() + std::min(from + digits, literal.size());
  const auto parsed = std::from_chars(begin, end, c, 16);
  if (parsed.ptr != begin + digits) return bad_input("truncated \\x, \\u or \\U escape in a string");
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) {
    return bad_input("escape of U+{:04X}, which is no character, in a string", c);
  }
  return static_cast<char32_t>(c);
}

char simple_escape(char c) {
  switch (c) {
    case '\\':
    case '\'':
    case '"':
      return c;
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return '\0';
  }
}

}  // namespace

Result<std::string> unescape_string(std::string_view literal) {
  std::string result;
  result.reserve(literal.size());
  for (size_t i = 0; i < literal.size();) {
    if (literal[i] != '\\' || i + 1 >= literal.size()) {
      result.push_back(literal[i++]);
      continue;
    }
    const char kind = literal[i + 1];
    i += 2;
    if (const char simple = simple_escape(kind); simple != '\0') {
      result.push_back(simple);
    } else if (kind == '\n') {
      // An escaped line end is nothing.
    } else if (kind == 'x' || kind == 'u' || kind == 'U') {
      const size_t digits = kind == 'x' ? 2 : (kind == 'u' ? 4 : 8);
      ASSIGN_OR_RETURN(const char32_t c, parse_hex(literal, i, digits));
      append_utf8(&result, c);
      i += digits;
    } else if (kind >= '0' && kind <= '7') {
      char32_t c = 0;
      --i;
      for (size_t k = 0; k < 3 && i < literal.size() && literal[i] >= '0' && literal[i] <= '7'; ++k) {
        c = c * 8 + static_cast<char32_t>(literal[i++] - '0');
      }
      append_utf8(&result, c);
    } else if (kind == 'N') {
      return unsupported("\\N{{…}} in a string: write the character itself");
    } else {
      result.push_back('\\');  // an unknown escape stays as it is
      result.push_back(kind);
    }
  }
  return result;
}

}  // namespace nagare::chat_template
