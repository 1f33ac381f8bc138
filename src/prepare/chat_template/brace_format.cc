#include "prepare/chat_template/brace_format.h"

#include "prepare/chat_template/attributes.h"
#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/format_spec.h"
#include "prepare/chat_template/number_text.h"

namespace nagare::chat_template {
namespace {

class BraceFormatter {
 public:
  BraceFormatter(Evaluator& evaluator, const Value& format, const Arguments& arguments)
      : evaluator_(evaluator), arguments_(arguments), is_markup_(format.string().is_markup) {}

  // `nested`: inside a format specification, where fields may stand once more, but no deeper.
  Result<Text> run(const Text& format, bool nested) {
    const std::string_view bytes = format.view();
    TextBuilder out(evaluator_.meter());
    size_t at = 0;
    while (at < bytes.size()) {
      const size_t brace = std::min(bytes.find_first_of("{}", at), bytes.size());
      RETURN_IF_ERROR(out.append(format, at, brace));
      at = brace;
      if (at == bytes.size()) break;
      if (at + 1 < bytes.size() && bytes[at + 1] == bytes[at]) {
        RETURN_IF_ERROR(out.append(format, at, at + 1));
        at += 2;
        continue;
      }
      if (bytes[at] == '}') return bad_input("Single '}}' encountered in format string");
      if (nested && ++nested_fields_ > 100) return bad_input("too many fields in a format specification");
      ASSIGN_OR_RETURN(const size_t end, field_end(bytes, at + 1));
      ASSIGN_OR_RETURN(const Text text, field(format.slice(at + 1, end), nested));
      RETURN_IF_ERROR(out.append(text));
      at = end + 1;
    }
    return out.take();
  }

 private:
  static Result<size_t> field_end(std::string_view bytes, size_t from) {
    size_t depth = 1;
    bool in_brackets = false;
    for (size_t i = from; i < bytes.size(); ++i) {
      if (in_brackets) {
        in_brackets = bytes[i] != ']';
      } else if (bytes[i] == '[') {
        in_brackets = true;
      } else if (bytes[i] == '{') {
        ++depth;
      } else if (bytes[i] == '}' && --depth == 0) {
        return i;
      }
    }
    if (from == bytes.size()) return bad_input("Single '{{' encountered in format string");
    return bad_input("expected '}}' before end of string");
  }

  // name[!conversion][:spec]
  Result<Text> field(const Text& field, bool nested) {
    const std::string_view bytes = field.view();
    size_t name_end = 0;
    bool in_brackets = false;
    while (name_end < bytes.size() && (in_brackets || (bytes[name_end] != '!' && bytes[name_end] != ':'))) {
      if (bytes[name_end] == '[') in_brackets = true;
      if (bytes[name_end] == ']') in_brackets = false;
      ++name_end;
    }
    ASSIGN_OR_RETURN(Value value, look_up(bytes.substr(0, name_end)));
    size_t at = name_end;
    if (at < bytes.size() && bytes[at] == '!') {
      if (at + 1 >= bytes.size()) return bad_input("end of string while looking for conversion specifier");
      ASSIGN_OR_RETURN(value, converted(value, bytes[at + 1]));
      at += 2;
      if (at < bytes.size() && bytes[at] != ':') return bad_input("expected ':' after conversion specifier");
    }
    Text spec_text = at < bytes.size() ? field.slice(at + 1, field.size()) : Text();
    if (spec_text.view().find('{') != std::string_view::npos) {
      if (nested) return bad_input("Max string recursion exceeded");
      ASSIGN_OR_RETURN(spec_text, run(spec_text, true));
    }
    ASSIGN_OR_RETURN(const FormatSpec spec, parse_format_spec(spec_text));
    ASSIGN_OR_RETURN(Text text, format_value(evaluator_, value, spec));
    const bool is_safe = value.is_string() && value.string().is_markup;
    return is_markup_ && !is_safe ? escape_text(text) : text;
  }

  Result<Value> converted(const Value& value, char conversion) {
    Text text;
    if (conversion == 's') {
      ASSIGN_OR_RETURN(text, display_text(evaluator_, value));
    } else if (conversion == 'r' || conversion == 'a') {
      ASSIGN_OR_RETURN(text, represent_text(evaluator_, value));
    } else {
      return bad_input("Unknown conversion specifier '{}'", conversion);
    }
    return evaluator_.make_text(std::move(text));
  }

  // first(.attribute|[index])*
  Result<Value> look_up(std::string_view name) {
    const size_t first_end = std::min(name.find_first_of(".["), name.size());
    ASSIGN_OR_RETURN(Value value, first_value(name.substr(0, first_end)));
    size_t at = first_end;
    while (at < name.size()) {
      if (name[at] == '.') {
        const size_t end = std::min(name.find_first_of(".[", at + 1), name.size());
        if (end == at + 1) return bad_input("Empty attribute in format string");
        ASSIGN_OR_RETURN(value, get_attribute(evaluator_, value, name.substr(at + 1, end - at - 1)));
        at = end;
      } else if (name[at] == '[') {
        const size_t end = name.find(']', at);
        if (end == std::string_view::npos) return bad_input("Missing ']' in format string");
        const std::string_view key = name.substr(at + 1, end - at - 1);
        if (key.empty()) return bad_input("Empty attribute in format string");
        ASSIGN_OR_RETURN(const Value index, index_value(key));
        ASSIGN_OR_RETURN(value, get_item(evaluator_, value, index));
        at = end + 1;
      } else {
        return bad_input("Only '.' or '[' may follow ']' in format field specifier");
      }
    }
    return value;
  }

  Result<Value> index_value(std::string_view key) {
    if (key.find_first_not_of("0123456789") == std::string_view::npos) {
      if (const auto index = parse_integer(key, 10)) return Value(*index);
    }
    return evaluator_.make_text(key);
  }

  Result<Value> first_value(std::string_view name) {
    if (name.empty() || name.find_first_not_of("0123456789") == std::string_view::npos) {
      if (name.empty() ? numbered_by_hand_ : next_index_ > 0) {
        return bad_input("cannot switch between manual field specification and automatic field numbering");
      }
      size_t index = next_index_;
      if (name.empty()) {
        ++next_index_;
      } else {
        numbered_by_hand_ = true;
        index = static_cast<size_t>(std::min<Integer>(parse_integer(name, 10).value_or(SIZE_MAX), SIZE_MAX));
      }
      if (index >= arguments_.positional.size()) {
        return bad_input("Replacement index {} out of range for positional args tuple", index);
      }
      return arguments_.positional[index];
    }
    for (const auto& [key, value] : arguments_.named) {
      if (key == name) return value;
    }
    return bad_input("the values to format have no '{}'", name);
  }

  Evaluator& evaluator_;
  const Arguments& arguments_;
  bool is_markup_;
  size_t next_index_ = 0;
  bool numbered_by_hand_ = false;
  size_t nested_fields_ = 0;
};

}  // namespace

Result<Text> brace_format(Evaluator& evaluator, const Value& format, const Arguments& arguments) {
  return BraceFormatter(evaluator, format, arguments).run(format.text(), false);
}

}  // namespace nagare::chat_template
