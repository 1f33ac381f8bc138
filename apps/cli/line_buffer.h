// A line being edited: its text, the cursor, and what keys do to them. Knows no terminal; line_editor.h draws
// it.
//
// The cursor always stands between characters as people see them (grapheme clusters), never inside one.
#pragma once

#include <string>
#include <string_view>

namespace nagare::cli {

class LineBuffer {
 public:
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }  // bytes from the beginning

  void assign(std::string text);
  void insert(std::string_view utf8);
  void erase_before();
  void erase_after();
  void erase_word_before();
  void erase_to_begin();
  void erase_to_end();
  void left();
  void right();
  void word_left();
  void word_right();
  void to_begin() { cursor_ = 0; }
  void to_end() { cursor_ = text_.size(); }

 private:
  size_t word_begin() const;

  std::string text_;
  size_t cursor_ = 0;
};

}  // namespace nagare::cli
