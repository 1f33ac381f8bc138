// The tokens of a vocabulary as a tree of their bytes, so that tokens with a common beginning are judged
// together. Only tokens that can be part of a text are in it: no control, unknown or unused tokens, none that
// ends an answer, none without bytes. Built once per model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "prepare/tokenizer/vocab.h"

namespace nagare {

class TokenTrie {
 public:
  explicit TokenTrie(const Vocab& vocab);

  // Nodes are numbered so that a node's descendants come right behind it, up to end(node). The root is 0.
  int32_t node_count() const { return static_cast<int32_t>(bytes_.size()); }
  uint8_t byte(int32_t node) const { return bytes_[static_cast<size_t>(node)]; }
  // Bytes from the root: the root's is 0.
  int32_t depth(int32_t node) const { return depths_[static_cast<size_t>(node)]; }
  int32_t end(int32_t node) const { return ends_[static_cast<size_t>(node)]; }
  bool is_leaf(int32_t node) const { return end(node) == node + 1; }
  // The tokens whose bytes lead to this node.
  std::span<const int32_t> tokens(int32_t node) const {
    const auto first = static_cast<size_t>(first_tokens_[static_cast<size_t>(node)]);
    return std::span(tokens_).subspan(
        first, static_cast<size_t>(first_tokens_[static_cast<size_t>(node) + 1]) - first);
  }
  int32_t longest_depth() const { return longest_depth_; }
  // The child of `node` by `byte`, or -1.
  int32_t child(int32_t node, uint8_t byte) const;
  int64_t vocabulary_size() const { return vocabulary_size_; }

 private:
  void add_node(uint8_t byte, size_t depth);

  std::vector<uint8_t> bytes_;
  std::vector<uint16_t> depths_;
  std::vector<int32_t> ends_;
  std::vector<int32_t> first_tokens_;  // [node + 1]
  std::vector<int32_t> tokens_;
  int32_t longest_depth_ = 0;
  int64_t vocabulary_size_ = 0;
};

}  // namespace nagare
