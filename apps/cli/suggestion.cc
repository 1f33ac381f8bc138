#include "suggestion.h"

#include <algorithm>
#include <vector>

namespace nagare::cli {
namespace {

constexpr size_t kLongestWord = 64;

// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost one.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view misspelt, std::span<const std::string> known) {
  if (misspelt.size() > kLongestWord) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(1, misspelt.size() / 3) + 1;
  for (const std::string& word : known) {
    const size_t here = distance(misspelt, word);
    if (here >= best_distance) continue;
    best_distance = here;
    best = word;
  }
  return best;
}

}  // namespace nagare::cli
