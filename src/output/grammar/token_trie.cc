#include "output/grammar/token_trie.h"

#include <algorithm>
#include <string_view>

namespace nagare {
namespace {

// Longer ones would only be there to cost time.
constexpr size_t kLongestToken = 1024;

bool is_text(const Vocab& vocab, int32_t id) {
  const TokenType type = vocab.type(id);
  if (type == TokenType::kControl || type == TokenType::kUnknown || type == TokenType::kUnused) return false;
  return !vocab.piece(id).empty() && vocab.piece(id).size() <= kLongestToken &&
         !vocab.is_end_of_generation(id);
}

}  // namespace

TokenTrie::TokenTrie(const Vocab& vocab) : vocabulary_size_(vocab.size()) {
  std::vector<int32_t> ids;
  ids.reserve(static_cast<size_t>(vocab.size()));
  for (int32_t id = 0; id < vocab.size(); ++id) {
    if (is_text(vocab, id)) ids.push_back(id);
  }
  std::ranges::stable_sort(ids, {}, [&](int32_t id) { return vocab.piece(id); });
  std::vector<int32_t> path;  // nodes from the root to the last token's
  add_node(0, 0);
  path.push_back(0);
  std::string_view before;
  const auto leave = [&](size_t depth) {
    while (path.size() > depth + 1) {
      ends_[static_cast<size_t>(path.back())] = node_count();
      path.pop_back();
    }
  };
  tokens_.reserve(ids.size());
  for (const int32_t id : ids) {
    const std::string_view piece = vocab.piece(id);
    const auto common = static_cast<size_t>(std::ranges::mismatch(before, piece).in1 - before.begin());
    leave(common);
    for (size_t depth = common; depth < piece.size(); ++depth) {
      path.push_back(node_count());
      add_node(static_cast<uint8_t>(piece[depth]), depth + 1);
    }
    tokens_.push_back(id);
    before = piece;
  }
  leave(0);
  ends_[0] = node_count();
  first_tokens_.push_back(static_cast<int32_t>(tokens_.size()));
}

void TokenTrie::add_node(uint8_t byte, size_t depth) {
  bytes_.push_back(byte);
  depths_.push_back(static_cast<uint16_t>(depth));
  ends_.push_back(0);
  // The tokens of the nodes before it are all there: tokens come in the order of their bytes.
  first_tokens_.push_back(static_cast<int32_t>(tokens_.size()));
  longest_depth_ = std::max(longest_depth_, static_cast<int32_t>(depth));
}

int32_t TokenTrie::child(int32_t node, uint8_t wanted) const {
  for (int32_t i = node + 1; i < end(node); i = end(i)) {
    if (byte(i) == wanted) return i;
  }
  return -1;
}

}  // namespace nagare
