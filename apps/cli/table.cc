#include "table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/graphemes.h"
#include "base/printable.h"

namespace nagare::cli {
namespace {

constexpr std::string_view kGap = "  ";

void append_cell(std::string& line, const std::string& cell, int width, Align align) {
  const auto padding = static_cast<size_t>(std::max(0, width - display_width(cell)));
  if (align == Align::kRight) line.append(padding, ' ');
  line += cell;
  if (align == Align::kLeft) line.append(padding, ' ');
}

std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

}  // namespace

std::string Table::print(int indent) const {
  std::vector<int> widths;
  std::vector<std::string> titles;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, i < row.size() ? display_width(row[i]) : 0);
    widths.push_back(width);
    titles.push_back(columns_[i].title);
  }
  std::string text;
  const auto append_row = [&](const std::vector<std::string>& cells) {
    std::string line(static_cast<size_t>(indent), ' ');
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += kGap;
      append_cell(line, cells[i], widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  append_row(titles);
  for (const auto& row : rows_) append_row(row);
  return text;
}

std::string human_seconds(double seconds) {
  if (!(seconds > 0)) return "0";
  if (seconds < 999.5e-9) return three_digits(seconds * 1e9) + " ns";
  if (seconds < 999.5e-6) return three_digits(seconds * 1e6) + " µs";
  if (seconds < 999.5e-3) return three_digits(seconds * 1e3) + " ms";
  return three_digits(seconds) + " s";
}

std::string human_rate(double per_second) {
  if (per_second >= 99.95) return grouped(static_cast<uint64_t>(std::llround(per_second)));
  return three_digits(per_second);
}

}  // namespace nagare::cli
