// Filters from strings to strings. Whatever they are given they take as text first, as Jinja2's soft_str()
// does.
#include <array>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/filters.h"
#include "prepare/chat_template/html_text.h"
#include "prepare/chat_template/percent_format.h"
#include "prepare/chat_template/text_functions.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

// The value as a string: markup stays markup.
Result<Value> as_string(Evaluator& evaluator, const Value& value) {
  if (value.is_string()) return value;
  ASSIGN_OR_RETURN(Text text, display_text(evaluator, value));
  return evaluator.make_text(std::move(text));
}

// A filter without arguments that maps a text to another of about its size.
template <Text (*kMap)(const Text&)>
Result<Value> mapped(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("filter", arguments, {}));
  ASSIGN_OR_RETURN(const Value string, as_string(evaluator, input));
  RETURN_IF_ERROR(evaluator.meter().step(string.text().size()));
  return evaluator.make_text(kMap(string.text()), string.string().is_markup);
}

Text upper(const Text& text) {
  return map_case(text, CaseMap::kUpper);
}

Text lower(const Text& text) {
  return map_case(text, CaseMap::kLower);
}

bool begins_word(char32_t c) {
  return c == U'-' || c == U'(' || c == U'{' || c == U'[' || c == U'<' || is_space(c);
}

// Unlike str.title(), words begin only after white space, '-' and opening brackets.
Text title(const Text& text) {
  const std::string_view bytes = text.view();
  Text result;
  size_t i = 0;
  while (i < bytes.size()) {
    const size_t separators = i;
    size_t next = i;
    while (next < bytes.size() && begins_word(next_char(bytes, &next))) i = next;
    if (i > separators) {
      // The separators are a piece of their own, with its first character in upper case: no change.
      result.append(text, separators, i);
      continue;
    }
    size_t first_end = i;
    next_char(bytes, &first_end);
    append_mapped(&result, text, i, first_end, CaseMap::kUpper);
    size_t end = first_end;
    next = end;
    while (next < bytes.size() && !begins_word(next_char(bytes, &next))) end = next;
    append_mapped(&result, text, first_end, end, CaseMap::kLower);
    i = end;
  }
  return result;
}

Result<Value> filter_trim(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("trim", arguments, {"chars"}));
  ASSIGN_OR_RETURN(const Value string, as_string(evaluator, input));
  const Text* chars = nullptr;
  if (bound.has_value(0)) {
    ASSIGN_OR_RETURN(chars, bound.text(0));
    RETURN_IF_ERROR(evaluator.meter().step(chars->size()));
  }
  RETURN_IF_ERROR(evaluator.meter().work(string.text().size()));
  return evaluator.make_text(strip(string.text(), chars, Side::kBoth), string.string().is_markup);
}

Result<Value> filter_string(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("string", arguments, {}));
  return as_string(evaluator, input);
}

Result<Value> filter_safe(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("safe", arguments, {}));
  ASSIGN_OR_RETURN(Text text, display_text(evaluator, input));
  return evaluator.make_text(std::move(text), true);
}

Result<Value> filter_escape(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("escape", arguments, {}));
  return escape(evaluator, input);
}

Result<Value> filter_forceescape(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("forceescape", arguments, {}));
  ASSIGN_OR_RETURN(Text text, display_text(evaluator, input));
  ASSIGN_OR_RETURN(const Value plain, evaluator.make_text(std::move(text)));
  return escape(evaluator, plain);
}

Result<Value> filter_striptags(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("striptags", arguments, {}));
  ASSIGN_OR_RETURN(const Text text, display_text(evaluator, input));
  RETURN_IF_ERROR(evaluator.meter().step(text.size()));
  return evaluator.make_text(without_tags(text));
}

Result<Value> filter_replace(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("replace", arguments, {"old", "new", "count"}, 2));
  ASSIGN_OR_RETURN(const Value string, as_string(evaluator, input));
  ASSIGN_OR_RETURN(const Text old, display_text(evaluator, *bound.get(0)));
  ASSIGN_OR_RETURN(const Text replacement, display_text(evaluator, *bound.get(1)));
  Integer count = -1;
  if (bound.has_value(2)) {
    ASSIGN_OR_RETURN(count, bound.whole(2, -1));
  }
  const auto limit = static_cast<int64_t>(std::clamp<Integer>(count, -1, Integer{1} << 62));
  ASSIGN_OR_RETURN(Text text, replace(evaluator.meter(), string.text(), old, replacement, limit));
  return evaluator.make_text(std::move(text), evaluator.autoescape() && string.string().is_markup);
}

Result<Value> filter_center(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("center", arguments, {"width"}));
  ASSIGN_OR_RETURN(const Value string, as_string(evaluator, input));
  ASSIGN_OR_RETURN(const Integer width, bound.whole(0, 80));
  const auto columns = static_cast<size_t>(std::clamp<Integer>(width, 0, Integer{1} << 62));
  ASSIGN_OR_RETURN(Text text, pad(evaluator.meter(), string.text(), columns, Alignment::kCentre, Text(" ")));
  return evaluator.make_text(std::move(text), string.string().is_markup);
}

Result<Value> filter_format(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    return bad_input("format: can't handle positional and keyword arguments at the same time");
  }
  ASSIGN_OR_RETURN(const Value string, as_string(evaluator, input));
  if (arguments.named.empty()) {
    ASSIGN_OR_RETURN(const Value values, evaluator.make_tuple(arguments.positional));
    return percent_format(evaluator, string, values);
  }
  std::vector<Dict::Entry> entries;
  for (const auto& [name, value] : arguments.named) {
    ASSIGN_OR_RETURN(Value key, evaluator.make_text(name));
    entries.emplace_back(std::move(key), value);
  }
  ASSIGN_OR_RETURN(const Value values, evaluator.make_dict(std::move(entries)));
  return percent_format(evaluator, string, values);
}

Result<Value> filter_wordcount(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("wordcount", arguments, {}));
  ASSIGN_OR_RETURN(const Text text, display_text(evaluator, input));
  RETURN_IF_ERROR(evaluator.meter().step(text.size()));
  size_t words = 0;
  bool inside = false;
  for (size_t i = 0; i < text.size();) {
    const bool is_word = is_word_char(next_char(text.view(), &i));
    words += is_word && !inside ? 1 : 0;
    inside = is_word;
  }
  return Value(words);
}

}  // namespace

std::span<const Filter> text_filters() {
  static const std::array<Filter, 15> all = {{
      {"trim", filter_trim},
      {"string", filter_string},
      {"upper", mapped<upper>},
      {"lower", mapped<lower>},
      {"title", mapped<title>},
      {"capitalize", mapped<capitalise>},
      {"replace", filter_replace},
      {"safe", filter_safe},
      {"escape", filter_escape},
      {"e", filter_escape},
      {"forceescape", filter_forceescape},
      {"striptags", filter_striptags},
      {"center", filter_center},
      {"format", filter_format},
      {"wordcount", filter_wordcount},
  }};
  return all;
}

}  // namespace nagare::chat_template
