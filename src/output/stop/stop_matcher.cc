#include "output/stop/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace nagare {

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::string StopMatcher::push(std::string_view text) {
  if (stopped_) return {};
  held_ += text;
  size_t end = held_.size();
  for (const std::string& stop : stops_) {
    const size_t found = held_.find(stop);
    if (found >= end) continue;
    end = found;
    stopped_ = true;
  }
  if (stopped_) {
    std::string shown = held_.substr(0, end);
    held_.clear();
    return shown;
  }
  // Hold back the longest end that is the beginning of a stop string.
  size_t held_bytes = 0;
  for (const std::string& stop : stops_) {
    for (size_t length = std::min(stop.size() - 1, held_.size()); length > held_bytes; --length) {
      if (std::string_view(held_).substr(held_.size() - length) == std::string_view(stop).substr(0, length)) {
        held_bytes = length;
      }
    }
  }
  std::string shown = held_.substr(0, held_.size() - held_bytes);
  held_.erase(0, shown.size());
  return shown;
}

std::string StopMatcher::finish() {
  return std::exchange(held_, {});
}

}  // namespace nagare
