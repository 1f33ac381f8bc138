#include "prepare/chat_template/display.h"

#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

Status append_plain(TextBuilder* out, std::string_view text) {
  return out->append(text, Origin::kTemplate);
}

std::string escaped_char(char32_t c, char quote) {
  switch (c) {
    case U'\\':
      return "\\\\";
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      break;
  }
  if (c == static_cast<char32_t>(quote)) return std::string("\\") + quote;
  if (c < 0x20 || c == 0x7F) return fmt::format("\\x{:02x}", static_cast<uint32_t>(c));
  if (c < 0x7F || is_printable(c)) return {};
  const auto code = static_cast<uint32_t>(c);
  if (c < 0x100) return fmt::format("\\x{:02x}", code);
  return c < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
}

Status represent_string(const Text& text, TextBuilder* out) {
  const std::string_view bytes = text.view();
  const bool has_single = bytes.find('\'') != std::string_view::npos;
  const char quote = has_single && bytes.find('"') == std::string_view::npos ? '"' : '\'';
  RETURN_IF_ERROR(append_plain(out, std::string_view(&quote, 1)));
  size_t pending = 0;  // where the characters begin that stand for themselves
  for (size_t i = 0; i < bytes.size();) {
    const size_t at = i;
    const std::string replacement = escaped_char(next_char(bytes, &i), quote);
    if (replacement.empty()) continue;
    RETURN_IF_ERROR(out->append(text, pending, at));
    RETURN_IF_ERROR(out->append(replacement, text.origin_at(at)));
    pending = i;
  }
  RETURN_IF_ERROR(out->append(text, pending, text.size()));
  return append_plain(out, std::string_view(&quote, 1));
}

struct Brackets {
  std::string_view open, close;
};

Brackets brackets_of(SequenceKind kind) {
  switch (kind) {
    case SequenceKind::kList:
      return {"[", "]"};
    case SequenceKind::kTuple:
    case SequenceKind::kGroup:
      return {"(", ")"};
    case SequenceKind::kDictItems:
      return {"dict_items([", "])"};
    case SequenceKind::kDictKeys:
      return {"dict_keys([", "])"};
    case SequenceKind::kDictValues:
      return {"dict_values([", "])"};
  }
  return {"[", "]"};
}

Status represent_sequence(Evaluator& evaluator, const Sequence& sequence, TextBuilder* out) {
  const Brackets brackets = brackets_of(sequence.kind);
  RETURN_IF_ERROR(append_plain(out, brackets.open));
  bool first = true;
  for (const Value& item : sequence.items) {
    if (!first) RETURN_IF_ERROR(append_plain(out, ", "));
    first = false;
    RETURN_IF_ERROR(represent(evaluator, item, out));
  }
  if (sequence.is_tuple() && sequence.items.size() == 1) RETURN_IF_ERROR(append_plain(out, ","));
  return append_plain(out, brackets.close);
}

Status represent_dict(Evaluator& evaluator, const Dict& dict, TextBuilder* out) {
  RETURN_IF_ERROR(append_plain(out, "{"));
  bool first = true;
  for (const auto& [key, value] : dict.entries) {
    if (!first) RETURN_IF_ERROR(append_plain(out, ", "));
    first = false;
    RETURN_IF_ERROR(represent(evaluator, key, out));
    RETURN_IF_ERROR(append_plain(out, ": "));
    RETURN_IF_ERROR(represent(evaluator, value, out));
  }
  return append_plain(out, "}");
}

std::string represent_range(const Range& range) {
  // The end as written is not kept; the first value past the range gives the same range.
  const Integer stop = range.at(range.size);
  if (range.step == 1) return fmt::format("range({}, {})", range.start, stop);
  return fmt::format("range({}, {}, {})", range.start, stop, range.step);
}

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\'':
      return "&#39;";
    case '"':
      return "&#34;";
    default:
      return {};
  }
}

}  // namespace

Result<Text> Object::display(Evaluator&) {
  return Text(fmt::format("<{} object>", type_name()));
}

Status display(Evaluator& evaluator, const Value& value, TextBuilder* out) {
  if (value.is_string()) return out->append(value.text());
  if (value.is_undefined()) return {};
  return represent(evaluator, value, out);
}

Status represent(Evaluator& evaluator, const Value& value, TextBuilder* out) {
  RETURN_IF_ERROR(evaluator.meter().step());
  switch (value.kind()) {
    case ValueKind::kUndefined:
      return append_plain(out, "Undefined");
    case ValueKind::kNone:
      return append_plain(out, "None");
    case ValueKind::kBoolean:
      return append_plain(out, value.boolean() ? "True" : "False");
    case ValueKind::kInteger:
      return append_plain(out, integer_text(value.integer()));
    case ValueKind::kFloat:
      return append_plain(out, float_text(value.real()));
    case ValueKind::kString:
      if (!value.string().is_markup) return represent_string(value.text(), out);
      RETURN_IF_ERROR(append_plain(out, "Markup("));
      RETURN_IF_ERROR(represent_string(value.text(), out));
      return append_plain(out, ")");
    case ValueKind::kSequence:
      return represent_sequence(evaluator, value.sequence(), out);
    case ValueKind::kDict:
      return represent_dict(evaluator, value.dict(), out);
    case ValueKind::kRange:
      return append_plain(out, represent_range(value.range()));
    case ValueKind::kFunction:
      return append_plain(out, fmt::format("<function {}>", value.function().name));
    case ValueKind::kMethod:
      return append_plain(out, fmt::format("<built-in method {} of {} object>", value.method().method->name,
                                           type_name(value.method().self)));
    case ValueKind::kObject: {
      ASSIGN_OR_RETURN(const auto level, evaluator.deeper());
      ASSIGN_OR_RETURN(const Text text, value.object().display(evaluator));
      return out->append(text);
    }
  }
  return {};
}

Result<Text> display_text(Evaluator& evaluator, const Value& value) {
  if (value.is_string()) return value.text();
  TextBuilder out(evaluator.meter());
  RETURN_IF_ERROR(display(evaluator, value, &out));
  return out.take();
}

Result<Text> represent_text(Evaluator& evaluator, const Value& value) {
  TextBuilder out(evaluator.meter());
  RETURN_IF_ERROR(represent(evaluator, value, &out));
  return out.take();
}

Text escape_text(const Text& text) {
  Text result;
  const std::string_view bytes = text.view();
  size_t pending = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const std::string_view replacement = escape_of(bytes[i]);
    if (replacement.empty()) continue;
    result.append(text, pending, i);
    result.append(replacement, text.origin_at(i));
    pending = i + 1;
  }
  result.append(text, pending, text.size());
  return result;
}

Result<Value> escape(Evaluator& evaluator, const Value& value) {
  if (value.is_string() && value.string().is_markup) return value;
  ASSIGN_OR_RETURN(const Text text, display_text(evaluator, value));
  RETURN_IF_ERROR(evaluator.meter().would_fit(text.size() * 5));
  return evaluator.make_text(escape_text(text), true);
}

}  // namespace nagare::chat_template
