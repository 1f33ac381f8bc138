// Where the text of an answer goes as it comes: standard output, as it is or wrapped for reading.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nagare::cli {

using TextSink = std::function<Status(std::string_view)>;

// Standard output. On a terminal, control characters that a model may have learnt are left out: they could
// drive it.
TextSink plain_sink();

// Standard output, each row indented and broken before `columns`: between words, and anywhere between
// characters that are two columns wide.
class WrappedSink {
 public:
  WrappedSink(int indent, int columns) : indent_(indent), columns_(columns) {}
  Status operator()(std::string_view text);
  // The last word, and the end of the row.
  Status finish();

 private:
  void add_character(std::string_view character, std::string& out);
  void put_word(std::string& out);
  void break_row(std::string& out);

  int indent_;
  int columns_;
  int column_ = 0;      // where the row is; 0: not begun
  bool space_ = false;  // between the row and the word
  std::string word_;    // not yet written
};

}  // namespace nagare::cli
