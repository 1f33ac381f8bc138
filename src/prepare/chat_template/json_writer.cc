#include "prepare/chat_template/json_writer.h"

#include <cmath>

#include "prepare/chat_template/compare.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

std::string json_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return float_text(value);
}

class JsonWriter {
 public:
  JsonWriter(Evaluator& evaluator, const JsonStyle& style, TextBuilder* out)
      : evaluator_(evaluator), style_(style), out_(*out) {}

  Status write(const Value& value, size_t level) {
    RETURN_IF_ERROR(evaluator_.meter().step());
    switch (value.kind()) {
      case ValueKind::kNone:
        return plain("null");
      case ValueKind::kBoolean:
        return plain(value.boolean() ? "true" : "false");
      case ValueKind::kInteger:
        return plain(integer_text(value.integer()));
      case ValueKind::kFloat:
        return plain(json_float(value.real()));
      case ValueKind::kString:
        return write_string(value.text());
      case ValueKind::kDict:
        return write_dict(value.dict(), level);
      case ValueKind::kSequence:
        if (!value.sequence().is_view()) return write_list(value.items(), level);
        break;
      default:
        break;
    }
    return bad_input("Object of type {} is not JSON serializable", type_name(value));
  }

 private:
  Status plain(std::string_view text) { return out_.append(text, Origin::kTemplate); }

  Status new_line(size_t level) {
    if (!style_.has_lines) return {};
    RETURN_IF_ERROR(plain("\n"));
    return out_.append_repeated(style_.indent, level);
  }

  std::string escaped(char32_t c) const {
    switch (c) {
      case U'"':
        return "\\\"";
      case U'\\':
        return "\\\\";
      case U'\n':
        return "\\n";
      case U'\r':
        return "\\r";
      case U'\t':
        return "\\t";
      case U'\f':
        return "\\f";
      case U'\b':
        return "\\b";
      default:
        break;
    }
    const auto code = static_cast<uint32_t>(c);
    if (code >= 0x20 && (code < 0x7F || !style_.ascii_only)) return {};
    if (code < 0x10000) return fmt::format("\\u{:04x}", code);
    return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((code - 0x10000) >> 10),
                       0xDC00 + ((code - 0x10000) & 0x3FF));
  }

  Status write_string(const Text& text) {
    RETURN_IF_ERROR(plain("\""));
    const std::string_view bytes = text.view();
    size_t pending = 0;
    for (size_t i = 0; i < bytes.size();) {
      const size_t at = i;
      const std::string replacement = escaped(next_char(bytes, &i));
      if (replacement.empty()) continue;
      RETURN_IF_ERROR(out_.append(text, pending, at));
      RETURN_IF_ERROR(out_.append(replacement, text.origin_at(at)));
      pending = i;
    }
    RETURN_IF_ERROR(out_.append(text, pending, text.size()));
    return plain("\"");
  }

  Status write_list(const std::vector<Value>& items, size_t level) {
    if (items.empty()) return plain("[]");
    RETURN_IF_ERROR(plain("["));
    bool first = true;
    for (const Value& item : items) {
      if (!first) RETURN_IF_ERROR(out_.append(style_.item_separator));
      first = false;
      RETURN_IF_ERROR(new_line(level + 1));
      RETURN_IF_ERROR(write(item, level + 1));
    }
    RETURN_IF_ERROR(new_line(level));
    return plain("]");
  }

  Status write_key(const Value& key) {
    switch (key.kind()) {
      case ValueKind::kString:
        return write_string(key.text());
      case ValueKind::kInteger:
        return write_string(Text(integer_text(key.integer())));
      case ValueKind::kFloat:
        return write_string(Text(json_float(key.real())));
      case ValueKind::kBoolean:
        return write_string(Text(key.boolean() ? "true" : "false"));
      case ValueKind::kNone:
        return write_string(Text("null"));
      default:
        return bad_input("keys must be str, int, float, bool or None, not {}", type_name(key));
    }
  }

  Status write_dict(const Dict& dict, size_t level) {
    if (dict.entries.empty()) return plain("{}");
    std::vector<size_t> order;
    if (style_.sort_keys) {
      std::vector<Value> keys;
      for (const auto& [key, value] : dict.entries) keys.push_back(key);
      ASSIGN_OR_RETURN(order, sorted_order(evaluator_.meter(), keys, false));
    }
    RETURN_IF_ERROR(plain("{"));
    for (size_t i = 0; i < dict.entries.size(); ++i) {
      const auto& [key, value] = dict.entries[style_.sort_keys ? order[i] : i];
      if (i > 0) RETURN_IF_ERROR(out_.append(style_.item_separator));
      RETURN_IF_ERROR(new_line(level + 1));
      RETURN_IF_ERROR(write_key(key));
      RETURN_IF_ERROR(out_.append(style_.key_separator));
      RETURN_IF_ERROR(write(value, level + 1));
    }
    RETURN_IF_ERROR(new_line(level));
    return plain("}");
  }

  Evaluator& evaluator_;
  const JsonStyle& style_;
  TextBuilder& out_;
};

}  // namespace

Status write_json(Evaluator& evaluator, const Value& value, const JsonStyle& style, TextBuilder* out) {
  return JsonWriter(evaluator, style, out).write(value, 0);
}

}  // namespace nagare::chat_template
