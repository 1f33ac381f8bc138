#include "text_sink.h"

#include "base/graphemes.h"
#include "standard_output.h"
#include "terminal.h"

namespace nagare::cli {
namespace {

// Without C0 and C1 control characters but line breaks and tabs: what drives a terminal.
std::string harmless(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c0 = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    if (!c0 && !c1) clean += static_cast<char>(byte);
  }
  return clean;
}

}  // namespace

TextSink plain_sink() {
  if (!terminal_of(stdout).present) return write_out;
  return [](std::string_view text) { return write_out(harmless(text)); };
}

Status WrappedSink::operator()(std::string_view text) {
  const std::string clean = harmless(text);
  std::string out;
  for (size_t at = 0; at < clean.size();) {
    const size_t next = next_grapheme(clean, at);
    add_character(std::string_view(clean).substr(at, next - at), out);
    at = next;
  }
  return write_out(out);
}

Status WrappedSink::finish() {
  std::string out;
  put_word(out);
  return write_out(out + "\n");
}

void WrappedSink::add_character(std::string_view character, std::string& out) {
  if (character == "\n") {
    put_word(out);
    break_row(out);
  } else if (character == " " || character == "\t") {
    put_word(out);
    space_ = column_ > indent_;
  } else {
    // A wide character is a word of its own, except that what follows it closely (。、) should not begin a
    // row.
    const bool closing = character == "。" || character == "、" || character == "」" || character == "）";
    if (display_width(character) == 2 && !closing) put_word(out);
    word_ += character;
  }
}

void WrappedSink::put_word(std::string& out) {
  if (word_.empty()) return;
  const int width = display_width(word_);
  if (column_ > indent_ && column_ + (space_ ? 1 : 0) + width > columns_) break_row(out);
  if (column_ == 0) {
    out.append(static_cast<size_t>(indent_), ' ');
    column_ = indent_;
  }
  if (space_ && column_ > indent_) {
    out += ' ';
    ++column_;
  }
  out += word_;
  column_ += width;
  word_.clear();
  space_ = false;
}

void WrappedSink::break_row(std::string& out) {
  out += '\n';
  column_ = 0;
  space_ = false;
}

}  // namespace nagare::cli
