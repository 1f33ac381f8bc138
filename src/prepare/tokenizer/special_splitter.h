// Finds special tokens in a text before it is tokenized: user-defined ones always, control and unknown ones
// only when asked. Longer tokens win over shorter ones wherever they stand; among equals the leftmost wins.
// (Token after token by length, as llama.cpp does it, but one pass a length instead of one a token.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prepare/tokenizer/byte_trie.h"
#include "prepare/tokenizer/vocab.h"

namespace nagare {

// A part of a text: a special token, or text between them.
struct Stretch {
  uint32_t begin = 0;
  uint32_t end = 0;
  int32_t id = kNoToken;  // kNoToken: text
};

// Bytes [begin, end) of a text.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

class SpecialSplitter {
 public:
  static constexpr size_t kMaxTokenBytes = 1024;

  // Fails where a special token is longer than kMaxTokenBytes: looking for it would be slow in hostile texts.
  static Status check(const Vocab& vocab);

  // `vocab` must outlive it.
  explicit SpecialSplitter(const Vocab& vocab);

  // The stretches of `text` in order; white space that a token swallows is in none of them. A control or
  // unknown token that touches one of the `plain` ranges (ascending) is text.
  std::vector<Stretch> split(std::string_view text, bool parse_special,
                             std::span<const TextRange> plain = {}) const;

 private:
  struct Search {
    std::string_view text;
    const ByteTrie& trie;
    std::span<const TextRange> plain;
  };
  int32_t find_at(const Search& search, size_t at, size_t bytes) const;
  void split_by_length(const Search& search, size_t bytes, std::vector<Stretch>& stretches) const;

  const Vocab& vocab_;
  ByteTrie user_defined_;
  ByteTrie all_;
};

}  // namespace nagare
