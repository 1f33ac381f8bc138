#include "output/draft/text_lookup.h"

#include <algorithm>

namespace nagare {

void look_up(std::span<const int32_t> tokens, int32_t most, std::vector<int32_t>& proposal) {
  proposal.clear();
  const auto count = static_cast<int64_t>(tokens.size());
  int64_t best_end = -1;  // one past the earlier match
  int64_t best_length = kShortestMatch - 1;
  for (int64_t end = count - 1; end > 0 && best_length < kLongestMatch; --end) {
    int64_t length = 0;
    while (length < std::min<int64_t>(end, kLongestMatch) &&
           tokens[static_cast<size_t>(end - 1 - length)] == tokens[static_cast<size_t>(count - 1 - length)]) {
      ++length;
    }
    if (length <= best_length) continue;
    best_length = length;
    best_end = end;
  }
  if (best_end < 0) return;
  const auto taken = std::min<int64_t>(most, count - best_end);
  const auto first = tokens.begin() + best_end;
  proposal.assign(first, first + taken);
}

}  // namespace nagare
