// Columns of text for people: as wide as what is in them, names to the left, numbers to the right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nagare::cli {

enum class Align : uint8_t { kLeft, kRight };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns; a row may have fewer.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // With the titles, each row indented.
  std::string print(int indent = 2) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Seconds as a person reads them: "12.3 µs", "4.56 ms", "7.9 s".
std::string human_seconds(double seconds);
// Tokens or operations a second, three digits at least: "12,345", "98.7".
std::string human_rate(double per_second);

}  // namespace nagare::cli
