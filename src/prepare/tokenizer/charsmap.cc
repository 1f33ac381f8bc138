#include "prepare/tokenizer/charsmap.h"

#include <algorithm>
#include <cstring>

#include "base/printable.h"

namespace nagare {

namespace {

constexpr size_t kLongestKey = 256;  // real ones have a few characters; a bound for looped tries

// The fields of a node (darts-clone).
constexpr uint32_t label(uint32_t node) {
  return node & 0x800000FF;  // with bit 31 set it is a value, which no byte equals
}
constexpr bool has_value(uint32_t node) {
  return (node >> 8 & 1) != 0;
}
constexpr uint32_t offset(uint32_t node) {
  return (node >> 10) << ((node & (1U << 9)) >> 6);
}
constexpr uint32_t value(uint32_t node) {
  return node & 0x7FFFFFFF;
}

}  // namespace

Result<Charsmap> Charsmap::create(std::string_view bytes) {
  Charsmap map;
  if (bytes.empty()) return map;
  uint32_t trie_bytes = 0;
  if (bytes.size() < sizeof trie_bytes) {
    return bad_input("tokenizer: the charsmap has only {} bytes; is the file damaged?", bytes.size());
  }
  std::memcpy(&trie_bytes, bytes.data(), sizeof trie_bytes);
  bytes.remove_prefix(sizeof trie_bytes);
  if (trie_bytes == 0 || trie_bytes % sizeof(uint32_t) != 0 || trie_bytes >= bytes.size()) {
    return bad_input("tokenizer: the charsmap claims a trie of {} bytes in {}; is the file damaged?",
                     grouped(trie_bytes), grouped(bytes.size()));
  }
  map.nodes_.resize(trie_bytes / sizeof(uint32_t));
  std::memcpy(map.nodes_.data(), bytes.data(), trie_bytes);
  map.replacements_ = bytes.substr(trie_bytes);
  return map;
}

std::optional<Charsmap::Match> Charsmap::match(std::string_view text) const {
  if (nodes_.empty()) return std::nullopt;
  std::optional<Match> longest;
  uint32_t at = offset(nodes_[0]);
  for (size_t i = 0; i < std::min(text.size(), kLongestKey); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    at ^= byte;
    if (byte == 0 || at >= nodes_.size() || label(nodes_[at]) != byte) break;
    const uint32_t node = nodes_[at];
    at ^= offset(node);
    if (!has_value(node)) continue;
    if (at >= nodes_.size() || value(nodes_[at]) >= replacements_.size()) break;
    const std::string_view from = replacements_.substr(value(nodes_[at]));
    longest = {i + 1, from.substr(0, from.find('\0'))};
  }
  return longest;
}

}  // namespace nagare
