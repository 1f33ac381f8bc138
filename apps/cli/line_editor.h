// Reads lines that a person types at a terminal: arrows, history, the usual Ctrl keys, pasted text of several
// lines, characters of any width. Draws on stderr: stdout belongs to the answers.
//
// The terminal is in raw mode only while a line is read, so that Ctrl-C is a signal whenever something
// computes.
#pragma once

#include <termios.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "line_buffer.h"

namespace nagare::cli {

class LineEditor {
 public:
  enum class End : uint8_t { kLine, kInterrupted, kEndOfInput };
  struct Line {
    End end = End::kLine;
    std::string text;
  };

  // `prompt` is shown before each line; `escapes` around it (colours) take no columns.
  explicit LineEditor(std::string prompt, std::string_view colour, std::string_view reset);

  // Ctrl-C gives kInterrupted, Ctrl-D on an empty line kEndOfInput. A terminal that cannot do raw mode gives
  // lines as it has them.
  Line read();

 private:
  Line read_raw();
  Line read_plain() const;
  std::optional<End> apply(char byte);
  void apply_escape();
  void apply_sequence(const std::string& sequence);
  void apply_character(char lead);
  void paste();
  void browse(int step);
  void draw(bool last) const;

  std::string prompt_, shown_prompt_;
  LineBuffer buffer_;
  std::vector<std::string> history_;
  size_t history_index_ = 0;  // history_.size(): the new line, kept in draft_ meanwhile
  std::string draft_;
};

}  // namespace nagare::cli
