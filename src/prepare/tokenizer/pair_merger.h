// The heart of both BPEs: merge the best pair of neighbours until no pair can be merged. Short words take a
// plain loop over an array; long ones (a megabyte of one letter) a heap over a linked list, O(n log n).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <queue>
#include <vector>

namespace nagare {

struct MergeSymbol {
  uint32_t begin = 0;  // in the word
  uint32_t bytes = 0;
  int32_t id = -1;  // -1: no token
};

struct MergeChoice {
  static constexpr uint32_t kNever = std::numeric_limits<uint32_t>::max();
  uint32_t priority = kNever;  // the least is merged first, the leftmost among equals
  int32_t merged = -1;
};

// Lookup: MergeChoice(const MergeSymbol& left, const MergeSymbol& right), a pure function.
// An object keeps its memory from word to word; it serves one thread.
class PairMerger {
 public:
  // The symbols of the word, in order: put in before, taken out after.
  std::vector<MergeSymbol> symbols;

  template <class Lookup>
  void merge(const Lookup& lookup) {
    if (symbols.size() < 2) return;
    if (symbols.size() <= kShort) {
      merge_short(lookup);
    } else {
      merge_long(lookup);
    }
  }

 private:
  // Up to here moving the tail of a small array beats a heap.
  static constexpr size_t kShort = 48;
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  template <class Lookup>
  void merge_short(const Lookup& lookup) {
    size_t pairs = symbols.size() - 1;
    choices_.resize(symbols.size());
    for (size_t i = 0; i < pairs; ++i) choices_[i] = lookup(symbols[i], symbols[i + 1]);
    for (; pairs > 0; --pairs) {
      size_t best = 0;
      for (size_t i = 1; i < pairs; ++i) {
        if (choices_[i].priority < choices_[best].priority) best = i;
      }
      if (choices_[best].priority == MergeChoice::kNever) break;
      symbols[best].bytes += symbols[best + 1].bytes;
      symbols[best].id = choices_[best].merged;
      // Symbol best+1 goes, and with it the pair that it began.
      for (size_t i = best + 1; i < pairs; ++i) {
        symbols[i] = symbols[i + 1];
        choices_[i] = choices_[i + 1];
      }
      if (best + 1 < pairs) choices_[best] = lookup(symbols[best], symbols[best + 1]);
      if (best > 0) choices_[best - 1] = lookup(symbols[best - 1], symbols[best]);
    }
    symbols.resize(pairs + 1);
  }

  template <class Lookup>
  void merge_long(const Lookup& lookup) {
    const auto count = static_cast<uint32_t>(symbols.size());
    choices_.resize(count);
    links_.resize(count);
    std::vector<uint64_t> candidates;  // priority above, position below: the order that is wanted
    const auto packed = [&](uint32_t i) { return (static_cast<uint64_t>(choices_[i].priority) << 32) | i; };
    for (uint32_t i = 0; i < count; ++i) {
      links_[i] = {i == 0 ? kNone : i - 1, i + 1 == count ? kNone : i + 1};
      choices_[i] = i + 1 == count ? MergeChoice{} : lookup(symbols[i], symbols[i + 1]);
      if (choices_[i].priority != MergeChoice::kNever) candidates.push_back(packed(i));
    }
    std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> queue({}, std::move(candidates));
    const auto look_again = [&](uint32_t i) {
      choices_[i] = links_[i].next == kNone ? MergeChoice{} : lookup(symbols[i], symbols[links_[i].next]);
      if (choices_[i].priority != MergeChoice::kNever) queue.push(packed(i));
    };
    while (!queue.empty()) {
      const uint64_t top = queue.top();
      queue.pop();
      const auto left = static_cast<uint32_t>(top);
      // A merge since then changed this pair; what it is now has its own entry.
      if (symbols[left].bytes == 0 || top != packed(left)) continue;
      const uint32_t right = links_[left].next;
      symbols[left].bytes += symbols[right].bytes;
      symbols[left].id = choices_[left].merged;
      symbols[right].bytes = 0;
      links_[left].next = links_[right].next;
      if (links_[left].next != kNone) links_[links_[left].next].previous = left;
      look_again(left);
      if (links_[left].previous != kNone) look_again(links_[left].previous);
    }
    std::erase_if(symbols, [](const MergeSymbol& symbol) { return symbol.bytes == 0; });
  }

  struct Link {
    uint32_t previous, next;
  };
  std::vector<MergeChoice> choices_;
  std::vector<Link> links_;
};

}  // namespace nagare
