#include "prepare/chat_template/text_class_methods.h"

#include <array>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

// Every character is of the class, and there is one.
template <bool (*kIs)(char32_t)>
bool all_are(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (!kIs(next_char(text, &i))) return false;
  }
  return !text.empty();
}

bool is_ascii_text(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

bool is_printable_text(std::string_view text) {
  return text.empty() || all_are<is_printable>(text);
}

// Upper case (or title case) only where a word begins, lower case only inside one.
bool is_title_text(std::string_view text) {
  bool inside_word = false;
  bool any = false;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = next_char(text, &i);
    if (is_upper(c) || is_title(c)) {
      if (inside_word) return false;
      inside_word = any = true;
    } else if (is_lower(c)) {
      if (!inside_word) return false;
      any = true;
    } else {
      inside_word = false;
    }
  }
  return any;
}

template <bool (*kIs)(std::string_view)>
Result<Value> classed(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("is…", arguments, {}));
  RETURN_IF_ERROR(evaluator.meter().work(self.text().size()));
  return Value(kIs(self.view()));
}

}  // namespace

bool is_lower_text(std::string_view text) {
  bool any = false;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = next_char(text, &i);
    if (is_upper(c) || is_title(c)) return false;
    any |= is_lower(c);
  }
  return any;
}

bool is_upper_text(std::string_view text) {
  bool any = false;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = next_char(text, &i);
    if (is_lower(c) || is_title(c)) return false;
    any |= is_upper(c);
  }
  return any;
}

std::span<const Method> text_class_methods() {
  static const std::array<Method, 12> all = {{
      {"isalnum", classed<all_are<is_alnum>>},
      {"isalpha", classed<all_are<is_alpha>>},
      {"isascii", classed<is_ascii_text>},
      {"isdecimal", classed<all_are<is_decimal>>},
      {"isdigit", classed<all_are<is_digit>>},
      {"isidentifier", classed<is_identifier>},
      {"islower", classed<is_lower_text>},
      {"isnumeric", classed<all_are<is_numeric>>},
      {"isprintable", classed<is_printable_text>},
      {"isspace", classed<all_are<is_space>>},
      {"istitle", classed<is_title_text>},
      {"isupper", classed<is_upper_text>},
  }};
  return all;
}

}  // namespace nagare::chat_template
