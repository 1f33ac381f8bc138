#include "progress_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace nagare::cli {
namespace {

constexpr size_t kCells = 20;

}  // namespace

ProgressBar::ProgressBar(bool wanted) : terminal_(wanted ? terminal_of(stderr) : Terminal{}) {}

ProgressBar::~ProgressBar() {
  clear();
}

void ProgressBar::show(size_t done, size_t total, std::string_view what) {
  if (!terminal_.present || total == 0) return;
  const size_t filled = std::min(kCells, done * kCells / total);
  std::string cells;
  for (size_t i = 0; i < kCells; ++i) cells += i < filled ? "█" : "·";
  const std::string count = fmt::format("{}/{}", done, total);
  const auto used = kCells + count.size() + 6;
  const auto columns = static_cast<size_t>(terminal_.columns);
  const size_t room = columns > used + 1 ? columns - used - 1 : 0;
  const Palette palette(terminal_.colour);
  fmt::print(stderr, "\r  {}{}{} {}  {}{}{}\x1b[K", palette.accent, cells, palette.reset, count,
             palette.faint, what.substr(0, room), palette.reset);
  shown_ = true;
}

void ProgressBar::clear() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  shown_ = false;
}

}  // namespace nagare::cli
