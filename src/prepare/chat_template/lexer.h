// Template source -> tokens, with Jinja2's white-space rules as Hugging Face's chat templates use them:
// trim_blocks (a line end after a block or comment tag goes), lstrip_blocks (blanks before one, alone on its
// line, go), `-` and `+` signs, and no line end at the end of the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prepare/chat_template/value.h"

namespace nagare::chat_template {

enum class TokenKind : uint8_t {
  kData,
  kExpressionBegin,
  kExpressionEnd,
  kBlockBegin,
  kBlockEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kAdd,
  kSubtract,
  kDivide,
  kFloorDivide,
  kMultiply,
  kModulo,
  kPower,
  kTilde,
  kLeftBracket,
  kRightBracket,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kAssign,
  kDot,
  kColon,
  kPipe,
  kComma,
  kSemicolon,
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t line = 1;
  std::string text;     // data, name, the string's value, or the operator as written
  Integer integer = 0;  // of kInteger
  double real = 0;      // of kFloat
};

// What went wrong in a template's source, and in which line.
struct SourceError {
  uint32_t line;
  std::string message;
};

// Ends with one kEnd. `source` is valid UTF-8.
std::expected<std::vector<Token>, SourceError> tokenise(std::string_view source);

}  // namespace nagare::chat_template
