// A set of byte strings with a number each, walked byte by byte: which of them begin here? Built once, flat:
// the children of a node lie side by side, sorted. No recursion, however long the strings.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nagare {

class ByteTrie {
 public:
  struct Entry {
    std::string_view text;  // not empty
    int32_t value = -1;     // not negative
  };

  ByteTrie() = default;
  // The views are not kept. Of equal texts the greatest value counts.
  explicit ByteTrie(std::vector<Entry> entries);

  bool empty() const { return nodes_.empty(); }
  bool may_begin_with(char byte) const { return roots_[static_cast<uint8_t>(byte)] != kNone; }

  // Calls visit(bytes, value) for every string that `text` begins with, shortest first.
  template <class Visit>
  void each_prefix(std::string_view text, const Visit& visit) const {
    if (text.empty()) return;
    uint32_t node = roots_[static_cast<uint8_t>(text[0])];
    for (size_t bytes = 1; node != kNone; ++bytes) {
      if (nodes_[node].value >= 0) visit(bytes, nodes_[node].value);
      if (bytes == text.size()) return;
      node = child(node, static_cast<uint8_t>(text[bytes]));
    }
  }

  // The value of exactly this string, or -1.
  int32_t find(std::string_view text) const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Node {
    uint32_t first_child = 0;
    uint16_t child_count = 0;
    uint8_t byte = 0;
    int32_t value = -1;
  };

  uint32_t child(uint32_t node, uint8_t byte) const {
    uint32_t low = nodes_[node].first_child;
    uint32_t count = nodes_[node].child_count;
    while (count > 4) {
      const uint32_t half = count / 2;
      if (nodes_[low + half].byte <= byte) low += half;
      count -= half;
    }
    for (; count > 0; ++low, --count) {
      if (nodes_[low].byte == byte) return low;
    }
    return kNone;
  }

  std::vector<Node> nodes_;
  std::array<uint32_t, 256> roots_ = make_empty_roots();
  static constexpr std::array<uint32_t, 256> make_empty_roots() {
    std::array<uint32_t, 256> roots{};
    roots.fill(kNone);
    return roots;
  }
};

}  // namespace nagare
