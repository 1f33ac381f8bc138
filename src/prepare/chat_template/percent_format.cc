#include "prepare/chat_template/percent_format.h"

#include <cmath>

#include "prepare/chat_template/display.h"
#include "prepare/chat_template/evaluator.h"
#include "prepare/chat_template/format_spec.h"
#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/text_functions.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

class PercentFormatter {
 public:
  PercentFormatter(Evaluator& evaluator, const Value& format, const Value& values)
      : evaluator_(evaluator), format_(format), values_(values), out_(evaluator.meter()) {}

  Result<Value> run() {
    const std::string_view bytes = format_.view();
    size_t at = 0;
    while (at < bytes.size()) {
      const size_t percent = std::min(bytes.find('%', at), bytes.size());
      RETURN_IF_ERROR(out_.append(format_.text(), at, percent));
      at = percent;
      if (at < bytes.size()) RETURN_IF_ERROR(conversion(&at));
    }
    // A value that is a mapping or a list may go unused; a tuple's must all be used.
    const bool may_remain = values_.is_dict() || values_.is_list() || values_.is_undefined();
    const size_t given = values_.is_tuple() ? values_.items().size() : 1;
    if (!may_remain && next_value_ < given && !used_names_) {
      return bad_input("not all arguments converted during string formatting");
    }
    return evaluator_.make_text(out_.take(), format_.string().is_markup);
  }

 private:
  Result<Value> next_value() {
    if (values_.is_tuple()) {
      if (next_value_ < values_.items().size()) return values_.items()[next_value_++];
    } else if (next_value_ == 0) {
      ++next_value_;
      return values_;
    }
    return bad_input("not enough arguments for format string");
  }

  // The value of %(name)…, or nothing where no name stands there.
  Result<std::optional<Value>> named_value(size_t* at) {
    const std::string_view bytes = format_.view();
    if (*at >= bytes.size() || bytes[*at] != '(') return std::nullopt;
    if (!values_.is_dict()) return bad_input("format requires a mapping");
    size_t depth = 1;
    const size_t begin = ++*at;
    while (*at < bytes.size() && depth > 0) {
      if (bytes[*at] == '(') ++depth;
      if (bytes[*at] == ')') --depth;
      ++*at;
    }
    if (depth > 0) return bad_input("incomplete format key");
    const std::string_view name = bytes.substr(begin, *at - 1 - begin);
    const Value* found = values_.dict().find(name);
    if (found == nullptr) return bad_input("the values to format have no '{}'", name);
    used_names_ = true;
    return *found;
  }

  // A number, or `*` for the next value.
  Result<Integer> size_part(size_t* at) {
    const std::string_view bytes = format_.view();
    if (*at < bytes.size() && bytes[*at] == '*') {
      ++*at;
      ASSIGN_OR_RETURN(const Value value, next_value());
      if (!value.is_whole()) return bad_input("* wants int");
      if (value.whole() > (1 << 30) || value.whole() < -(1 << 30)) return bad_input("width too big");
      return value.whole();
    }
    Integer value = 0;
    while (*at < bytes.size() && bytes[*at] >= '0' && bytes[*at] <= '9') {
      value = value * 10 + (bytes[(*at)++] - '0');
      if (value > (1 << 30)) return bad_input("width too big");
    }
    return value;
  }

  Status conversion(size_t* at) {
    const std::string_view bytes = format_.view();
    ++*at;
    ASSIGN_OR_RETURN(auto value, named_value(at));
    FormatSpec spec;
    bool left = false;
    bool zero = false;
    for (; *at < bytes.size(); ++*at) {
      const char flag = bytes[*at];
      if (flag == '-') {
        left = true;
      } else if (flag == '0') {
        zero = true;
      } else if (flag == '+' || (flag == ' ' && spec.sign != '+')) {
        spec.sign = flag;
      } else if (flag == '#') {
        spec.alternate = true;
      } else if (flag != ' ') {
        break;
      }
    }
    ASSIGN_OR_RETURN(Integer width, size_part(at));
    if (width < 0) {
      left = true;
      width = -width;
    }
    spec.width = static_cast<size_t>(width);
    if (*at < bytes.size() && bytes[*at] == '.') {
      ++*at;
      ASSIGN_OR_RETURN(const Integer precision, size_part(at));
      spec.precision = static_cast<int>(std::max<Integer>(precision, 0));
    }
    while (*at < bytes.size() && (bytes[*at] == 'l' || bytes[*at] == 'h' || bytes[*at] == 'L')) ++*at;
    if (*at >= bytes.size()) return bad_input("incomplete format");
    spec.type = bytes[(*at)++];
    if (spec.type == '%') return out_.append("%", Origin::kTemplate);
    if (!value) {
      ASSIGN_OR_RETURN(value, next_value());
    }
    spec.align = left ? '<' : '>';
    if (zero && !left) {
      spec.align = '=';
      spec.fill = Text("0");
    }
    ASSIGN_OR_RETURN(const Text text, converted(*value, spec));
    return out_.append(text);
  }

  Result<Text> text_conversion(const Value& value, FormatSpec spec) {
    Text text;
    if (spec.type == 's') {
      ASSIGN_OR_RETURN(text, display_text(evaluator_, value));
    } else {
      ASSIGN_OR_RETURN(text, represent_text(evaluator_, value));
    }
    const bool is_markup = value.is_string() && value.string().is_markup && spec.type == 's';
    if (format_.string().is_markup && !is_markup) text = escape_text(text);
    spec.type = '\0';
    spec.sign = '-';
    if (spec.align == '=') spec.align = '>';
    spec.fill = Text(" ");
    ASSIGN_OR_RETURN(const Value cut, evaluator_.make_text(std::move(text)));
    return format_value(evaluator_, cut, spec);
  }

  Result<Text> whole_conversion(const Value& value, FormatSpec spec) {
    const bool takes_float = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
    if (value.is_undefined()) return bad_input("{}", value.undefined_info().message);
    if (!value.is_whole() && !(value.is_float() && takes_float)) {
      return bad_input("%{} format: a number is required, not {}", spec.type, type_name(value));
    }
    const auto whole = value.is_float() ? truncate_float(value.real()) : std::optional(value.whole());
    if (!whole) return bad_input("cannot convert the float to an integer");
    std::string digits = integer_digits(*whole < 0 ? -*whole : *whole, spec.type);
    if (spec.precision > kMaxPrecision) return bad_input("more than {} digits", kMaxPrecision);
    if (spec.precision > static_cast<int>(digits.size())) {
      digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
    }
    std::string prefix = *whole < 0 ? "-" : (spec.sign == '-' ? "" : std::string(1, spec.sign));
    if (spec.alternate && !takes_float) prefix += std::string("0") + spec.type;
    return lay_out_number(evaluator_, prefix, std::move(digits), spec);
  }

  Result<Text> converted(const Value& value, const FormatSpec& spec) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a':
        return text_conversion(value, spec);
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        return whole_conversion(value, spec);
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        if (value.is_undefined()) return bad_input("{}", value.undefined_info().message);
        if (!value.is_number()) return bad_input("must be real number, not {}", type_name(value));
        return format_value(evaluator_, Value(value.number()), spec);
      case 'c': {
        FormatSpec plain = spec;
        if (plain.align == '=') plain.align = '>';
        plain.fill = Text(" ");
        plain.precision = -1;
        plain.sign = '-';
        if (value.is_whole()) return format_value(evaluator_, Value(value.whole()), plain);
        if (!value.is_string() || count_chars(value.view()) != 1) return bad_input("%c requires int or char");
        plain.type = '\0';
        return format_value(evaluator_, value, plain);
      }
      default:
        return bad_input("unsupported format character '{}'", spec.type);
    }
  }

  Evaluator& evaluator_;
  const Value& format_;
  const Value& values_;
  TextBuilder out_;
  size_t next_value_ = 0;
  bool used_names_ = false;
};

}  // namespace

Result<Value> percent_format(Evaluator& evaluator, const Value& format, const Value& values) {
  return PercentFormatter(evaluator, format, values).run();
}

}  // namespace nagare::chat_template
