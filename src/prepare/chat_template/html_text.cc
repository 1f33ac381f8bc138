#include "prepare/chat_template/html_text.h"

#include <array>
#include <charconv>
#include <utility>

#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

constexpr size_t kMaxReference = 12;

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kNamed = {{
    {"amp", "&"},
    {"lt", "<"},
    {"gt", ">"},
    {"quot", "\""},
    {"apos", "'"},
    {"nbsp", "\u00A0"},
    {"copy", "©"},
    {"reg", "®"},
    {"hellip", "…"},
    {"mdash", "—"},
    {"ndash", "–"},
    {"euro", "€"},
}};

Text without_between(const Text& text, std::string_view open, std::string_view close) {
  const std::string_view bytes = text.view();
  Text result;
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t begin = bytes.find(open, at);
    const size_t end = begin == std::string_view::npos ? begin : bytes.find(close, begin + open.size());
    if (end == std::string_view::npos) break;
    result.append(text, at, begin);
    at = end + close.size();
  }
  result.append(text, at, text.size());
  return result;
}

// Runs of white space become one space; none at the ends.
Text folded(const Text& text) {
  const std::string_view bytes = text.view();
  Text result;
  bool pending_space = false;
  for (size_t i = 0; i < bytes.size();) {
    const size_t at = i;
    if (is_space(next_char(bytes, &i))) {
      pending_space = !result.empty();
      continue;
    }
    if (pending_space) result.append(" ", text.origin_at(at));
    pending_space = false;
    result.append(text, at, i);
  }
  return result;
}

// The characters of the reference between & and ;, or empty.
std::string resolved(std::string_view reference) {
  if (reference.starts_with('#')) {
    const bool is_hex = reference.size() > 1 && (reference[1] | 0x20) == 'x';
    uint32_t code = 0;
    const char* begin = reference.data() + (is_hex ? 2 : 1);
    const char* end = reference.data() + reference.size();
    const auto parsed = std::from_chars(begin, end, code, is_hex ? 16 : 10);
    if (parsed.ptr != end || begin == end || code == 0 || code > 0x10FFFF ||
        (code >= 0xD800 && code <= 0xDFFF)) {
      return {};
    }
    std::string character;
    append_utf8(&character, code);
    return character;
  }
  for (const auto& [name, character] : kNamed) {
    if (name == reference) return std::string(character);
  }
  return {};
}

Text unescaped(const Text& text) {
  const std::string_view bytes = text.view();
  Text result;
  size_t at = 0;
  for (size_t i = bytes.find('&'); i != std::string_view::npos; i = bytes.find('&', i + 1)) {
    const size_t end = bytes.substr(i, kMaxReference).find(';');
    if (end == std::string_view::npos) continue;
    const std::string character = resolved(bytes.substr(i + 1, end - 1));
    if (character.empty()) continue;
    result.append(text, at, i);
    result.append(character, text.origin_at(i));
    at = i + end + 1;
  }
  result.append(text, at, text.size());
  return result;
}

}  // namespace

Text without_tags(const Text& text) {
  return unescaped(folded(without_between(without_between(text, "<!--", "-->"), "<", ">")));
}

}  // namespace nagare::chat_template
