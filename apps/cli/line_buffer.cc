#include "line_buffer.h"

#include <utility>

#include "base/graphemes.h"

namespace nagare::cli {

void LineBuffer::assign(std::string text) {
  text_ = std::move(text);
  cursor_ = text_.size();
}

void LineBuffer::insert(std::string_view utf8) {
  text_.insert(cursor_, utf8);
  cursor_ += utf8.size();
}

void LineBuffer::erase_before() {
  const size_t begin = previous_grapheme(text_, cursor_);
  if (cursor_ > 0) text_.erase(begin, cursor_ - begin);
  cursor_ = cursor_ > 0 ? begin : 0;
}

void LineBuffer::erase_after() {
  text_.erase(cursor_, next_grapheme(text_, cursor_) - cursor_);
}

void LineBuffer::erase_word_before() {
  const size_t begin = word_begin();
  text_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

void LineBuffer::erase_to_begin() {
  text_.erase(0, cursor_);
  cursor_ = 0;
}

void LineBuffer::erase_to_end() {
  text_.erase(cursor_);
}

void LineBuffer::left() {
  if (cursor_ > 0) cursor_ = previous_grapheme(text_, cursor_);
}

void LineBuffer::right() {
  cursor_ = next_grapheme(text_, cursor_);
}

void LineBuffer::word_left() {
  cursor_ = word_begin();
}

void LineBuffer::word_right() {
  while (cursor_ < text_.size() && text_[cursor_] == ' ') ++cursor_;
  while (cursor_ < text_.size() && text_[cursor_] != ' ') cursor_ = next_grapheme(text_, cursor_);
}

size_t LineBuffer::word_begin() const {
  size_t begin = cursor_;
  while (begin > 0 && text_[begin - 1] == ' ') --begin;
  while (begin > 0 && text_[begin - 1] != ' ') begin = previous_grapheme(text_, begin);
  return begin;
}

}  // namespace nagare::cli
