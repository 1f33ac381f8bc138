// Methods of str: those that make strings from strings, and searching. The is…() tests:
// text_class_methods.cc.
#include <array>

#include "prepare/chat_template/arguments.h"
#include "prepare/chat_template/attributes.h"
#include "prepare/chat_template/brace_format.h"
#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/methods.h"
#include "prepare/chat_template/text_class_methods.h"
#include "prepare/chat_template/text_functions.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

// A string of the same class (plain or markup) as `self`.
Result<Value> like(Evaluator& evaluator, const Value& self, Text text) {
  return evaluator.make_text(std::move(text), self.string().is_markup);
}

Result<Value> list_like(Evaluator& evaluator, const Value& self, Pieces split) {
  ASSIGN_OR_RETURN(auto pieces, std::move(split));
  std::vector<Value> values;
  values.reserve(pieces.size());
  for (Text& piece : pieces) {
    ASSIGN_OR_RETURN(Value value, like(evaluator, self, std::move(piece)));
    values.push_back(std::move(value));
  }
  return evaluator.make_list(std::move(values));
}

Result<int64_t> limited(const BoundArguments& arguments, size_t index, int64_t otherwise) {
  ASSIGN_OR_RETURN(const Integer value, arguments.whole(index, otherwise));
  constexpr Integer kLimit = int64_t{1} << 62;
  return static_cast<int64_t>(std::clamp(value, -kLimit, kLimit));
}

Result<Value> no_arguments(std::string_view name, const Arguments& arguments) {
  RETURN_IF_ERROR(bind(name, arguments, {}));
  return Value();
}

template <CaseMap kMap>
Result<Value> mapped(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(no_arguments("case", arguments));
  RETURN_IF_ERROR(evaluator.meter().step(self.text().size()));
  return like(evaluator, self, map_case(self.text(), kMap));
}

Result<Value> str_title(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(no_arguments("title", arguments));
  RETURN_IF_ERROR(evaluator.meter().step(self.text().size()));
  return like(evaluator, self, title_case(self.text()));
}

Result<Value> str_capitalize(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  RETURN_IF_ERROR(no_arguments("capitalize", arguments));
  RETURN_IF_ERROR(evaluator.meter().step(self.text().size()));
  return like(evaluator, self, capitalise(self.text()));
}

template <Side kSide>
Result<Value> stripped(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("strip", arguments, {"chars"}));
  const Text* chars = nullptr;
  if (bound.has_value(0)) {
    ASSIGN_OR_RETURN(chars, bound.text(0));
    RETURN_IF_ERROR(evaluator.meter().step(chars->size()));
  }
  RETURN_IF_ERROR(evaluator.meter().work(self.text().size()));
  return like(evaluator, self, strip(self.text(), chars, kSide));
}

template <bool kFromRight>
Result<Value> splitted(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("split", arguments, {"sep", "maxsplit"}));
  ASSIGN_OR_RETURN(const int64_t max_splits, limited(bound, 1, -1));
  const Text& text = self.text();
  RETURN_IF_ERROR(evaluator.meter().work(text.size()));
  Meter& meter = evaluator.meter();
  if (!bound.has_value(0)) {
    return list_like(
        evaluator, self,
        kFromRight ? split_space_right(meter, text, max_splits) : split_space(meter, text, max_splits));
  }
  ASSIGN_OR_RETURN(const Text* separator, bound.text(0));
  if (separator->empty()) return bad_input("empty separator");
  return list_like(evaluator, self,
                   kFromRight ? split_right(meter, text, separator->view(), max_splits)
                              : split(meter, text, separator->view(), max_splits));
}

Result<Value> str_splitlines(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("splitlines", arguments, {"keepends"}));
  RETURN_IF_ERROR(evaluator.meter().work(self.text().size()));
  return list_like(evaluator, self, split_lines(evaluator.meter(), self.text(), bound.truth(0, false)));
}

template <bool kFromRight>
Result<Value> partitioned(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("partition", arguments, {"sep"}, 1));
  ASSIGN_OR_RETURN(const Text* separator, bound.text(0));
  if (separator->empty()) return bad_input("empty separator");
  const Text& text = self.text();
  RETURN_IF_ERROR(evaluator.meter().work(text.size()));
  const size_t at = kFromRight ? find_last_bytes(text.view(), separator->view())
                               : find_bytes(text.view(), separator->view());
  std::array<Text, 3> parts;
  if (at == std::string_view::npos) {
    parts[kFromRight ? 2 : 0] = text;
  } else {
    const size_t end = at + separator->size();
    parts = {text.slice(0, at), text.slice(at, end), text.slice(end, text.size())};
  }
  std::vector<Value> values;
  for (Text& part : parts) {
    ASSIGN_OR_RETURN(Value value, like(evaluator, self, std::move(part)));
    values.push_back(std::move(value));
  }
  return evaluator.make_tuple(std::move(values));
}

Result<Value> str_replace(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("replace", arguments, {"old", "new", "count"}, 2));
  ASSIGN_OR_RETURN(const Text* old, bound.text(0));
  ASSIGN_OR_RETURN(const Text* replacement, bound.text(1));
  ASSIGN_OR_RETURN(const int64_t count, limited(bound, 2, -1));
  ASSIGN_OR_RETURN(Text result, replace(evaluator.meter(), self.text(), *old, *replacement, count));
  return like(evaluator, self, std::move(result));
}

// The part of a string that the start and end arguments of find, count, startswith, … choose: bytes [begin,
// end), or nothing where the start lies behind the end.
struct Part {
  size_t begin, end;
};
Result<std::optional<Part>> chosen_part(const Value& self, const BoundArguments& bound, size_t first_index) {
  if (!bound.has_value(first_index) && !bound.has_value(first_index + 1)) return Part{0, self.text().size()};
  const auto length = static_cast<Integer>(count_chars(self.view()));
  const auto clamped = [&](Integer value) {
    return value < 0 ? std::max<Integer>(value + length, 0) : value;
  };
  Integer begin = 0;
  Integer end = length;
  if (bound.has_value(first_index)) {
    ASSIGN_OR_RETURN(begin, bound.whole(first_index, 0));
  }
  if (bound.has_value(first_index + 1)) {
    ASSIGN_OR_RETURN(end, bound.whole(first_index + 1, 0));
  }
  constexpr Integer kFar = Integer{1} << 100;
  begin = clamped(std::clamp(begin, -kFar, kFar));
  end = std::min(clamped(std::clamp(end, -kFar, kFar)), length);
  if (begin > end || begin > length) return std::nullopt;
  return Part{byte_of_char(self.view(), static_cast<size_t>(begin)),
              byte_of_char(self.view(), static_cast<size_t>(end))};
}

enum class Search : uint8_t { kFind, kIndex };

template <Search kSearch, bool kFromRight>
Result<Value> searched(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("find", arguments, {"sub", "start", "end"}, 1));
  ASSIGN_OR_RETURN(const Text* wanted, bound.text(0));
  RETURN_IF_ERROR(evaluator.meter().work(self.text().size()));
  ASSIGN_OR_RETURN(const auto part, chosen_part(self, bound, 1));
  if (part) {
    const std::string_view range = self.view().substr(part->begin, part->end - part->begin);
    const size_t found =
        kFromRight ? find_last_bytes(range, wanted->view()) : find_bytes(range, wanted->view());
    if (found != std::string_view::npos)
      return Value(count_chars(self.view().substr(0, part->begin + found)));
  }
  if (kSearch == Search::kIndex) return bad_input("substring not found");
  return Value(-1);
}

Result<Value> str_count(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("count", arguments, {"sub", "start", "end"}, 1));
  ASSIGN_OR_RETURN(const Text* wanted, bound.text(0));
  RETURN_IF_ERROR(evaluator.meter().work(self.text().size()));
  ASSIGN_OR_RETURN(const auto part, chosen_part(self, bound, 1));
  if (!part) return Value(0);
  const std::string_view range = self.view().substr(part->begin, part->end - part->begin);
  if (wanted->empty()) return Value(count_chars(range) + 1);
  size_t count = 0;
  for (size_t at = 0; (at = find_bytes(range, wanted->view(), at)) != std::string_view::npos;
       at += wanted->size()) {
    ++count;
  }
  return Value(count);
}

template <bool kAtStart>
Result<Value> has_affix(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const std::string_view name = kAtStart ? "startswith" : "endswith";
  ASSIGN_OR_RETURN(const auto bound,
                   bind(name, arguments, {kAtStart ? "prefix" : "suffix", "start", "end"}, 1));
  ASSIGN_OR_RETURN(const auto part, chosen_part(self, bound, 1));
  const auto matches = [&](const Value& affix) -> Result<bool> {
    if (!affix.is_string()) {
      return bad_input("{} first arg must be str or a tuple of str, not {}", name, type_name(affix));
    }
    RETURN_IF_ERROR(evaluator.meter().work(affix.text().size()));
    if (!part) return false;
    const std::string_view range = self.view().substr(part->begin, part->end - part->begin);
    return kAtStart ? range.starts_with(affix.view()) : range.ends_with(affix.view());
  };
  const Value& affix = *bound.get(0);
  if (!affix.is_tuple()) {
    ASSIGN_OR_RETURN(const bool found, matches(affix));
    return Value(found);
  }
  for (const Value& one : affix.items()) {
    RETURN_IF_ERROR(evaluator.meter().step());
    ASSIGN_OR_RETURN(const bool found, matches(one));
    if (found) return Value(true);
  }
  return Value(false);
}

template <bool kPrefix>
Result<Value> without_affix(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound,
                   bind(kPrefix ? "removeprefix" : "removesuffix", arguments, {"affix"}, 1));
  ASSIGN_OR_RETURN(const Text* affix, bound.text(0));
  const Text& text = self.text();
  const bool has = kPrefix ? text.view().starts_with(affix->view()) : text.view().ends_with(affix->view());
  if (!has) return self;
  return like(evaluator, self,
              kPrefix ? text.slice(affix->size(), text.size()) : text.slice(0, text.size() - affix->size()));
}

template <Alignment kAlignment>
Result<Value> padded(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("justify", arguments, {"width", "fillchar"}, 1));
  ASSIGN_OR_RETURN(const int64_t width, limited(bound, 0, 0));
  Text fill(" ");
  if (bound.has(1)) {
    ASSIGN_OR_RETURN(const Text* given, bound.text(1));
    fill = *given;
    if (count_chars(fill.view()) != 1)
      return bad_input("The fill character must be exactly one character long");
  }
  ASSIGN_OR_RETURN(Text text, pad(evaluator.meter(), self.text(),
                                  static_cast<size_t>(std::max<int64_t>(width, 0)), kAlignment, fill));
  return like(evaluator, self, std::move(text));
}

Result<Value> str_zfill(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("zfill", arguments, {"width"}, 1));
  ASSIGN_OR_RETURN(const int64_t width, limited(bound, 0, 0));
  const Text& text = self.text();
  const bool has_sign = text.view().starts_with('+') || text.view().starts_with('-');
  const int64_t digits_width = std::max<int64_t>(width - (has_sign ? 1 : 0), 0);
  ASSIGN_OR_RETURN(const Text digits, pad(evaluator.meter(), text.slice(has_sign ? 1 : 0, text.size()),
                                          static_cast<size_t>(digits_width), Alignment::kRight, Text("0")));
  Text result = text.slice(0, has_sign ? 1 : 0);
  result.append(digits);
  return like(evaluator, self, std::move(result));
}

Result<Value> str_join(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("join", arguments, {"iterable"}, 1));
  ASSIGN_OR_RETURN(auto iterator, evaluator.iterate(*bound.get(0)));
  TextBuilder out(evaluator.meter());
  const bool is_markup = self.string().is_markup;
  for (size_t index = 0;; ++index) {
    ASSIGN_OR_RETURN(auto item, iterator->next(evaluator));
    if (!item) break;
    RETURN_IF_ERROR(evaluator.meter().step());
    if (!item->is_string()) {
      return bad_input("sequence item {}: expected str instance, {} found", index, type_name(*item));
    }
    if (is_markup) {
      ASSIGN_OR_RETURN(item, escape(evaluator, *item));
    }
    if (index > 0) RETURN_IF_ERROR(out.append(self.text()));
    RETURN_IF_ERROR(out.append(item->text()));
  }
  return like(evaluator, self, out.take());
}

Result<Value> str_expandtabs(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("expandtabs", arguments, {"tabsize"}));
  ASSIGN_OR_RETURN(const int64_t tab_size, limited(bound, 0, 8));
  TextBuilder out(evaluator.meter());
  const std::string_view bytes = self.view();
  int64_t column = 0;
  for (size_t i = 0; i < bytes.size();) {
    const size_t at = i;
    const char32_t c = next_char(bytes, &i);
    if (c == U'\t') {
      const int64_t spaces = tab_size > 0 ? tab_size - column % tab_size : 0;
      RETURN_IF_ERROR(out.append_repeated(Text(std::string_view(" "), self.text().origin_at(at)),
                                          static_cast<size_t>(spaces)));
      column += spaces;
      continue;
    }
    RETURN_IF_ERROR(out.append(self.text(), at, i));
    column = c == U'\n' || c == U'\r' ? 0 : column + 1;
  }
  return like(evaluator, self, out.take());
}

Result<Value> str_format(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(Text text, brace_format(evaluator, self, arguments));
  return like(evaluator, self, std::move(text));
}

Result<Value> str_format_map(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  ASSIGN_OR_RETURN(const auto bound, bind("format_map", arguments, {"mapping"}, 1));
  if (!bound.get(0)->is_dict())
    return bad_input("format_map() takes a mapping, not {}", type_name(*bound.get(0)));
  Arguments named;
  for (const auto& [key, value] : bound.get(0)->dict().entries) {
    RETURN_IF_ERROR(evaluator.meter().step());
    if (key.is_string()) named.named.emplace_back(std::string(key.view()), value);
  }
  ASSIGN_OR_RETURN(Text text, brace_format(evaluator, self, named));
  return like(evaluator, self, std::move(text));
}

Result<Value> str_encode(Evaluator&, const Value&, const Arguments&) {
  return unsupported("str.encode(): chat templates here have text, no bytes");
}

}  // namespace

std::span<const Method> string_methods() {
  static const auto all = [] {
    std::vector<Method> methods = {
        {"strip", stripped<Side::kBoth>},
        {"lstrip", stripped<Side::kLeft>},
        {"rstrip", stripped<Side::kRight>},
        {"split", splitted<false>},
        {"rsplit", splitted<true>},
        {"startswith", has_affix<true>},
        {"endswith", has_affix<false>},
        {"replace", str_replace},
        {"lower", mapped<CaseMap::kLower>},
        {"upper", mapped<CaseMap::kUpper>},
        {"title", str_title},
        {"capitalize", str_capitalize},
        {"casefold", mapped<CaseMap::kFold>},
        {"swapcase", mapped<CaseMap::kSwap>},
        {"find", searched<Search::kFind, false>},
        {"rfind", searched<Search::kFind, true>},
        {"index", searched<Search::kIndex, false>},
        {"rindex", searched<Search::kIndex, true>},
        {"count", str_count},
        {"join", str_join},
        {"format", str_format},
        {"format_map", str_format_map},
        {"splitlines", str_splitlines},
        {"partition", partitioned<false>},
        {"rpartition", partitioned<true>},
        {"removeprefix", without_affix<true>},
        {"removesuffix", without_affix<false>},
        {"ljust", padded<Alignment::kLeft>},
        {"rjust", padded<Alignment::kRight>},
        {"center", padded<Alignment::kCentre>},
        {"zfill", str_zfill},
        {"expandtabs", str_expandtabs},
        {"encode", str_encode},
    };
    const auto classes = text_class_methods();
    methods.insert(methods.end(), classes.begin(), classes.end());
    return methods;
  }();
  return all;
}

}  // namespace nagare::chat_template
