#include "prepare/chat_template/lexer.h"

#include <array>
#include <cstring>

#include "prepare/chat_template/number_text.h"
#include "prepare/chat_template/string_escapes.h"
#include "prepare/chat_template/unicode.h"

namespace nagare::chat_template {
namespace {

template <class T>
using Lexed = std::expected<T, SourceError>;

struct OperatorSpelling {
  std::string_view text;
  TokenKind kind;
};

// Longer spellings first.
constexpr std::array kOperators = {
    OperatorSpelling{"//", TokenKind::kFloorDivide},  OperatorSpelling{"**", TokenKind::kPower},
    OperatorSpelling{"==", TokenKind::kEqual},        OperatorSpelling{"!=", TokenKind::kNotEqual},
    OperatorSpelling{">=", TokenKind::kGreaterEqual}, OperatorSpelling{"<=", TokenKind::kLessEqual},
    OperatorSpelling{"+", TokenKind::kAdd},           OperatorSpelling{"-", TokenKind::kSubtract},
    OperatorSpelling{"/", TokenKind::kDivide},        OperatorSpelling{"*", TokenKind::kMultiply},
    OperatorSpelling{"%", TokenKind::kModulo},        OperatorSpelling{"~", TokenKind::kTilde},
    OperatorSpelling{"[", TokenKind::kLeftBracket},   OperatorSpelling{"]", TokenKind::kRightBracket},
    OperatorSpelling{"(", TokenKind::kLeftParen},     OperatorSpelling{")", TokenKind::kRightParen},
    OperatorSpelling{"{", TokenKind::kLeftBrace},     OperatorSpelling{"}", TokenKind::kRightBrace},
    OperatorSpelling{">", TokenKind::kGreater},       OperatorSpelling{"<", TokenKind::kLess},
    OperatorSpelling{"=", TokenKind::kAssign},        OperatorSpelling{".", TokenKind::kDot},
    OperatorSpelling{":", TokenKind::kColon},         OperatorSpelling{"|", TokenKind::kPipe},
    OperatorSpelling{",", TokenKind::kComma},         OperatorSpelling{";", TokenKind::kSemicolon},
};

// Every line end becomes \n, and one at the very end goes.
std::string normalise_line_ends(std::string_view source) {
  std::string result;
  result.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      result.push_back('\n');
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      result.push_back(source[i]);
    }
  }
  if (!result.empty() && result.back() == '\n') result.pop_back();
  return result;
}

char closing_of(char open) {
  return open == '(' ? ')' : (open == '[' ? ']' : '}');
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(normalise_line_ends(source)) {}

  Lexed<std::vector<Token>> run() {
    while (position_ < source_.size()) {
      if (auto status = read_data_and_tag(); !status) return std::unexpected(std::move(status.error()));
    }
    push(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  using LexStatus = Lexed<void>;

  std::unexpected<SourceError> error(std::string message) const {
    return std::unexpected(SourceError{line_, std::move(message)});
  }
  std::string_view rest() const { return std::string_view(source_).substr(position_); }
  bool at(std::string_view text) const { return rest().starts_with(text); }
  void push(TokenKind kind, std::string text) { tokens_.push_back({kind, line_, std::move(text)}); }

  // Moves on, counting lines.
  void advance(size_t bytes) {
    for (const char c : rest().substr(0, bytes)) line_ += c == '\n' ? 1 : 0;
    position_ += bytes;
  }
  size_t space_length(size_t from) const {
    size_t i = from;
    while (i < source_.size()) {
      size_t next = i;
      if (!is_space(next_char(source_, &next))) break;
      i = next;
    }
    return i - from;
  }

  // The next tag, or npos: "{{", "{%" or "{#".
  size_t find_tag(size_t from) const {
    for (size_t i = from; (i = source_.find('{', i)) != std::string::npos; ++i) {
      const char kind = i + 1 < source_.size() ? source_[i + 1] : '\0';
      if (kind == '{' || kind == '%' || kind == '#') return i;
    }
    return std::string::npos;
  }

  // Emits the text up to `tag`, less what the tag's sign and lstrip_blocks take away. `sign` is '-', '+' or
  // 0.
  void push_data(size_t tag, char sign, bool may_lstrip) {
    const std::string_view text = std::string_view(source_).substr(position_, tag - position_);
    size_t keep = text.size();
    if (sign == '-') {
      while (keep > 0) {
        const size_t before = previous_char(text, keep);
        size_t read = before;
        if (!is_space(next_char(text, &read))) break;
        keep = before;
      }
    } else if (sign != '+' && may_lstrip) {
      const size_t line_end = text.rfind('\n');
      const size_t line_start = line_end == std::string_view::npos ? 0 : line_end + 1;
      if (line_start > 0 || line_starting_) {
        size_t i = line_start;
        while (i < text.size()) {
          size_t next = i;
          if (!is_space(next_char(text, &next))) break;
          i = next;
        }
        if (i == text.size()) keep = line_start;
      }
    }
    if (keep > 0) push(TokenKind::kData, std::string(text.substr(0, keep)));
    advance(text.size());
  }

  char sign_at(size_t position) const {
    const char c = position < source_.size() ? source_[position] : '\0';
    return c == '-' || c == '+' ? c : '\0';
  }

  LexStatus read_data_and_tag() {
    const size_t tag = find_tag(position_);
    if (tag == std::string::npos) {
      push(TokenKind::kData, std::string(rest()));
      position_ = source_.size();
      return {};
    }
    const char kind = source_[tag + 1];
    const char sign = sign_at(tag + 2);
    const size_t tag_length = sign != '\0' ? 3 : 2;
    if (kind == '%') {
      if (const size_t raw_length = raw_begin_length(tag + tag_length); raw_length > 0) {
        push_data(tag, sign, true);
        advance(tag_length + raw_length);
        line_starting_ = source_[position_ - 1] == '\n';
        return read_raw();
      }
    }
    push_data(tag, sign, kind != '{');
    if (kind == '#') return read_comment(tag_length);
    push(kind == '{' ? TokenKind::kExpressionBegin : TokenKind::kBlockBegin, "");
    advance(tag_length);
    return read_code(kind == '{');
  }

  // Bytes of `raw %}` from `from` on, or 0 where something else stands there.
  size_t raw_begin_length(size_t from) const { return word_tag_length(from, "raw", false); }

  // Bytes of `<spaces>word<spaces>%}` (with a sign, and the white space that goes with it), or 0.
  size_t word_tag_length(size_t from, std::string_view word, bool trims) const {
    const std::string_view source = source_;
    size_t i = from + space_length(from);
    if (source.substr(i, word.size()) != word) return 0;
    i += word.size();
    i += space_length(i);
    if (source.substr(i, 3) == "-%}") return i + 3 + space_length(i + 3) - from;
    if (trims && source.substr(i, 3) == "+%}") return i + 3 - from;
    if (source.substr(i, 2) != "%}") return 0;
    i += 2;
    if (trims && i < source.size() && source[i] == '\n') ++i;
    return i - from;
  }

  LexStatus read_raw() {
    for (size_t i = position_; (i = source_.find("{%", i)) != std::string::npos; i += 2) {
      const char sign = sign_at(i + 2);
      const size_t tag_length = sign != '\0' ? 3 : 2;
      const size_t end_length = word_tag_length(i + tag_length, "endraw", true);
      if (end_length == 0) continue;
      push_data(i, sign, true);
      advance(tag_length + end_length);
      line_starting_ = source_[position_ - 1] == '\n';
      return {};
    }
    return error("Missing end of raw directive");
  }

  LexStatus read_comment(size_t tag_length) {
    // The tag's own sign may be the sign of the end too: in "{#-#}" the "-" belongs to the beginning.
    const size_t end = source_.find("#}", position_ + tag_length);
    if (end == std::string::npos) return error("Missing end of comment tag");
    const char sign = end > position_ + tag_length ? source_[end - 1] : '\0';
    size_t after = end + 2;
    if (sign == '-') {
      after += space_length(after);
    } else if (sign != '+' && after < source_.size() && source_[after] == '\n') {
      ++after;
    }
    advance(after - position_);
    line_starting_ = source_[position_ - 1] == '\n';
    return {};
  }

  // The end of the tag at the current position, with the white space it takes along, or 0.
  size_t tag_end_length(bool expression) const {
    const std::string_view end = expression ? "}}" : "%}";
    const std::string_view here = rest();
    if (here.starts_with('-') && here.substr(1).starts_with(end)) return 3 + space_length(position_ + 3);
    if (!expression && here.starts_with('+') && here.substr(1).starts_with(end)) return 3;
    if (!here.starts_with(end)) return 0;
    return !expression && here.substr(2).starts_with('\n') ? 3 : 2;
  }

  LexStatus read_code(bool expression) {
    std::string open;  // brackets not closed yet; the tag cannot end inside them
    while (position_ < source_.size()) {
      if (const size_t length = open.empty() ? tag_end_length(expression) : 0; length > 0) {
        push(expression ? TokenKind::kExpressionEnd : TokenKind::kBlockEnd, "");
        advance(length);
        line_starting_ = source_[position_ - 1] == '\n';
        return {};
      }
      if (const size_t spaces = space_length(position_); spaces > 0) {
        advance(spaces);
        continue;
      }
      if (auto status = read_token(&open); !status) return status;
    }
    return {};  // the parser misses the end of the tag
  }

  LexStatus read_token(std::string* open) {
    size_t after = position_;
    const char32_t c = next_char(source_, &after);
    if (c >= '0' && c <= '9') return read_number();
    if (is_word_char(c)) return read_name();
    if (c == '\'' || c == '"') return read_string();
    for (const OperatorSpelling& op : kOperators) {
      if (!at(op.text)) continue;
      if (op.text == "(" || op.text == "[" || op.text == "{") open->push_back(op.text[0]);
      if (op.text == ")" || op.text == "]" || op.text == "}") {
        if (open->empty()) return error(fmt::format("unexpected '{}'", op.text));
        const char expected = closing_of(open->back());
        if (op.text[0] != expected) {
          return error(fmt::format("unexpected '{}', expected '{}'", op.text, expected));
        }
        open->pop_back();
      }
      push(op.kind, std::string(op.text));
      position_ += op.text.size();
      return {};
    }
    return error(fmt::format("unexpected character '{}'", source_.substr(position_, after - position_)));
  }

  LexStatus read_name() {
    size_t end = position_;
    while (end < source_.size()) {
      size_t next = end;
      if (!is_word_char(next_char(source_, &next))) break;
      end = next;
    }
    std::string name = source_.substr(position_, end - position_);
    if (!is_identifier(name)) return error(fmt::format("Invalid character in identifier '{}'", name));
    push(TokenKind::kName, std::move(name));
    position_ = end;
    return {};
  }

  LexStatus read_number() {
    const bool after_dot = position_ > 0 && source_[position_ - 1] == '.';
    const NumberLength length = number_length(rest(), !after_dot);
    std::string digits(rest().substr(0, length.bytes));
    std::erase(digits, '_');
    Token token{length.is_float ? TokenKind::kFloat : TokenKind::kInteger, line_, digits};
    if (length.is_float) {
      token.real = parse_float(digits).value_or(0);
    } else {
      const auto value = parse_integer(digits, 0);
      if (!value) return error(fmt::format("the number {} has more than 127 bits", digits));
      token.integer = *value;
    }
    tokens_.push_back(std::move(token));
    position_ += length.bytes;
    return {};
  }

  LexStatus read_string() {
    const char quote = source_[position_];
    size_t end = position_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size())
      return error(fmt::format("unexpected char {} (a string without its end)", quote));
    auto value = unescape_string(std::string_view(source_).substr(position_ + 1, end - position_ - 1));
    if (!value) return error(std::move(value.error().message));
    push(TokenKind::kString, std::move(*value));
    advance(end + 1 - position_);
    return {};
  }

  const std::string source_;
  size_t position_ = 0;
  uint32_t line_ = 1;
  bool line_starting_ = true;  // the last tag ended with a line end
  std::vector<Token> tokens_;
};

}  // namespace

Lexed<std::vector<Token>> tokenise(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace nagare::chat_template
