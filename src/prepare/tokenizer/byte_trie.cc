#include "prepare/tokenizer/byte_trie.h"

#include <algorithm>

namespace nagare {

ByteTrie::ByteTrie(std::vector<Entry> entries) {
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return a.text != b.text ? a.text < b.text : a.value < b.value;
  });
  // A node stands for entries [first, last), which agree in their first `depth` bytes. Nodes are made level
  // by level, so the children of each lie together.
  struct Range {
    size_t first, last, depth;
  };
  std::vector<Range> ranges;
  const auto add_children = [&](const Range& parent, uint32_t parent_node) {
    size_t first = parent.first;
    while (first < parent.last && entries[first].text.size() == parent.depth) {
      if (parent_node != kNone) nodes_[parent_node].value = entries[first].value;
      ++first;
    }
    if (parent_node != kNone) nodes_[parent_node].first_child = static_cast<uint32_t>(nodes_.size());
    while (first < parent.last) {
      const auto byte = static_cast<uint8_t>(entries[first].text[parent.depth]);
      size_t last = first + 1;
      while (last < parent.last && static_cast<uint8_t>(entries[last].text[parent.depth]) == byte) ++last;
      if (parent_node == kNone) {
        roots_[byte] = static_cast<uint32_t>(nodes_.size());
      } else {
        ++nodes_[parent_node].child_count;
      }
      nodes_.push_back({.byte = byte});
      ranges.push_back({first, last, parent.depth + 1});
      first = last;
    }
  };
  add_children({0, entries.size(), 0}, kNone);
  for (uint32_t node = 0; node < nodes_.size(); ++node) {
    const Range range = ranges[node];
    add_children(range, node);
  }
}

int32_t ByteTrie::find(std::string_view text) const {
  if (text.empty()) return -1;
  uint32_t node = roots_[static_cast<uint8_t>(text[0])];
  for (size_t i = 1; i < text.size() && node != kNone; ++i) node = child(node, static_cast<uint8_t>(text[i]));
  return node == kNone ? -1 : nodes_[node].value;
}

}  // namespace nagare
