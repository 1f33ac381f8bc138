// Filters that lay text out in lines, or encode it.
#include <array>
#include <cmath>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/filters.h"
#include "prepare/chat_template/iterators.h"
#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/text_functions.h"
#include "prepare/chat_template/unicode.h"
#include "prepare/chat_template/word_wrap.h"

namespace nagare::chat_template {
namespace {

Result<Value> need_string(std::string_view filter, const Value& input) {
  if (input.is_undefined()) return bad_input("{}", input.undefined_info().message);
  if (!input.is_string()) return bad_input("{}: needs a str, not {}", filter, type_name(input));
  return input;
}

Result<Value> filter_indent(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("indent", arguments, {"width", "first", "blank"}));
  RETURN_IF_ERROR(need_string("indent", input));
  Meter& meter = evaluator.meter();
  Text indention;
  if (bound.has(0) && bound.get(0)->is_string()) {
    indention = bound.get(0)->text();
  } else {
    ASSIGN_OR_RETURN(const Integer width, bound.whole(0, 4));
    TextBuilder blanks(meter);
    RETURN_IF_ERROR(
        blanks.append_repeated(Text(" "), static_cast<size_t>(std::clamp<Integer>(width, 0, 1 << 30))));
    indention = blanks.take();
  }
  const bool indents_blank_lines = bound.truth(2, false);
  // A line end at the end of the text is kept, as an empty line after it.
  Text source = input.text();
  source.append("\n", Origin::kTemplate);
  ASSIGN_OR_RETURN(const auto lines, split_lines(meter, source, false));
  TextBuilder out(meter);
  if (bound.truth(1, false)) RETURN_IF_ERROR(out.append(indention));
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) {
      RETURN_IF_ERROR(out.append("\n", Origin::kTemplate));
      if (indents_blank_lines || !lines[i].empty()) RETURN_IF_ERROR(out.append(indention));
    }
    RETURN_IF_ERROR(out.append(lines[i]));
  }
  return evaluator.make_text(out.take(), input.string().is_markup);
}

Result<Value> filter_truncate(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("truncate", arguments, {"length", "killwords", "end", "leeway"}));
  RETURN_IF_ERROR(need_string("truncate", input));
  ASSIGN_OR_RETURN(const Integer length, bound.whole(0, 255));
  Text end("...");
  if (bound.has(2)) {
    ASSIGN_OR_RETURN(const Text* given, bound.text(2));
    end = *given;
  }
  Integer leeway = 5;
  if (bound.has_value(3)) {
    ASSIGN_OR_RETURN(leeway, bound.whole(3, 5));
  }
  const auto end_length = static_cast<Integer>(count_chars(end.view()));
  if (length < end_length) return bad_input("truncate: expected length >= {}, got {}", end_length, length);
  if (leeway < 0) return bad_input("truncate: expected leeway >= 0, got {}", leeway);
  const Text& text = input.text();
  const auto size = static_cast<Integer>(count_chars(text.view()));
  if (size - length <= leeway) return input;
  Text kept = text.slice(0, byte_of_char(text.view(), static_cast<size_t>(length - end_length)));
  if (!bound.truth(1, false)) {
    const size_t space = kept.view().rfind(' ');
    if (space != std::string_view::npos) kept = kept.slice(0, space);
  }
  TextBuilder out(evaluator.meter());
  RETURN_IF_ERROR(out.append(kept));
  RETURN_IF_ERROR(out.append(end));
  return evaluator.make_text(out.take(), input.string().is_markup);
}

Result<Value> filter_wordwrap(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("wordwrap", arguments,
                                          {"width", "break_long_words", "wrapstring", "break_on_hyphens"}));
  RETURN_IF_ERROR(need_string("wordwrap", input));
  ASSIGN_OR_RETURN(const Integer width, bound.whole(0, 79));
  if (width <= 0) return bad_input("invalid width {} (must be > 0)", width);
  Text line_end("\n");
  if (bound.has_value(2)) {
    ASSIGN_OR_RETURN(const Text* given, bound.text(2));
    line_end = *given;
  }
  WrapStyle style;
  style.width = static_cast<size_t>(std::min<Integer>(width, 1 << 30));
  style.breaks_long_words = bound.truth(1, true);
  style.breaks_on_hyphens = bound.truth(3, true);
  Meter& meter = evaluator.meter();
  ASSIGN_OR_RETURN(const auto paragraphs, split_lines(meter, input.text(), false));
  TextBuilder out(meter);
  for (size_t i = 0; i < paragraphs.size(); ++i) {
    if (i > 0) RETURN_IF_ERROR(out.append(line_end));
    RETURN_IF_ERROR(meter.step(paragraphs[i].size()));
    const auto lines = wrap_words(paragraphs[i], style);
    for (size_t k = 0; k < lines.size(); ++k) {
      if (k > 0) RETURN_IF_ERROR(out.append(line_end));
      RETURN_IF_ERROR(out.append(lines[k]));
    }
  }
  return evaluator.make_text(out.take());
}

// Percent-encoding of everything but letters, digits and a few signs; in queries '/' too, and a space as '+'.
Status append_quoted(Evaluator& evaluator, const Value& value, bool in_query, TextBuilder* out) {
  ASSIGN_OR_RETURN(const Text text, display_text(evaluator, value));
  const std::string_view bytes = text.view();
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool is_plain =
        (std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80) ||
        std::string_view("_.-~").find(c) != std::string_view::npos || (c == '/' && !in_query);
    if (is_plain) {
      RETURN_IF_ERROR(out->append(text, i, i + 1));
    } else if (c == ' ' && in_query) {
      RETURN_IF_ERROR(out->append("+", text.origin_at(i)));
    } else {
      RETURN_IF_ERROR(out->append(fmt::format("%{:02X}", static_cast<unsigned char>(c)), text.origin_at(i)));
    }
  }
  return {};
}

Result<Value> filter_urlencode(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  RETURN_IF_ERROR(bind("urlencode", arguments, {}));
  TextBuilder out(evaluator.meter());
  if (input.is_string() || !is_iterable(input)) {
    RETURN_IF_ERROR(append_quoted(evaluator, input, false, &out));
    return evaluator.make_text(out.take());
  }
  std::vector<std::pair<Value, Value>> pairs;
  if (input.is_dict()) {
    pairs = input.dict().entries;
  } else {
    ASSIGN_OR_RETURN(const auto items, evaluator.collect(input));
    for (const Value& item : items) {
      ASSIGN_OR_RETURN(auto parts, evaluator.collect(item));
      if (parts.size() != 2) return bad_input("urlencode: needs pairs of name and value");
      pairs.emplace_back(std::move(parts[0]), std::move(parts[1]));
    }
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (i > 0) RETURN_IF_ERROR(out.append("&", Origin::kTemplate));
    RETURN_IF_ERROR(append_quoted(evaluator, pairs[i].first, true, &out));
    RETURN_IF_ERROR(out.append("=", Origin::kTemplate));
    RETURN_IF_ERROR(append_quoted(evaluator, pairs[i].second, true, &out));
  }
  return evaluator.make_text(out.take());
}

Result<Value> filter_xmlattr(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("xmlattr", arguments, {"autospace"}));
  if (!input.is_dict()) return bad_input("xmlattr: needs a mapping, not {}", type_name(input));
  TextBuilder out(evaluator.meter());
  for (const auto& [key, value] : input.dict().entries) {
    if (value.is_none() || value.is_undefined()) continue;
    if (!key.is_string() || key.view().find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos) {
      return bad_input("xmlattr: invalid character in an attribute name");
    }
    if (out.size() > 0 || bound.truth(0, true)) RETURN_IF_ERROR(out.append(" ", Origin::kTemplate));
    ASSIGN_OR_RETURN(const Value name, escape(evaluator, key));
    ASSIGN_OR_RETURN(const Value text, escape(evaluator, value));
    RETURN_IF_ERROR(out.append(name.text()));
    RETURN_IF_ERROR(out.append("=\"", Origin::kTemplate));
    RETURN_IF_ERROR(out.append(text.text()));
    RETURN_IF_ERROR(out.append("\"", Origin::kTemplate));
  }
  return evaluator.make_text(out.take(), evaluator.autoescape());
}

Result<Value> filter_filesizeformat(Evaluator& evaluator, const Value& input, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("filesizeformat", arguments, {"binary"}));
  ASSIGN_OR_RETURN(const Value number, evaluator.apply_filter("float", input, {}));
  const bool is_binary = bound.truth(0, false);
  const double base = is_binary ? 1024 : 1000;
  const double bytes = number.real();
  if (!std::isfinite(bytes)) return bad_input("filesizeformat: {} is no size", bytes);
  if (bytes == 1) return evaluator.make_text("1 Byte");
  if (bytes < base) return evaluator.make_text(fixed_text(std::trunc(bytes), 0) + " Bytes");
  constexpr std::string_view kPrefixes = "kMGTPEZY";
  size_t power = 0;
  double unit = base * base;
  while (power + 1 < kPrefixes.size() && bytes >= unit) {
    ++power;
    unit *= base;
  }
  const char prefix = is_binary && power == 0 ? 'K' : kPrefixes[power];
  return evaluator.make_text(
      fmt::format("{} {}{}B", fixed_text(base * bytes / unit, 1), prefix, is_binary ? "i" : ""));
}

}  // namespace

std::span<const Filter> layout_filters() {
  static const std::array<Filter, 6> all = {{
      {"indent", filter_indent},
      {"truncate", filter_truncate},
      {"wordwrap", filter_wordwrap},
      {"urlencode", filter_urlencode},
      {"xmlattr", filter_xmlattr},
      {"filesizeformat", filter_filesizeformat},
  }};
  return all;
}

}  // namespace nagare::chat_template
