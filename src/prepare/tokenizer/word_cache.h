// Remembers, while one text is encoded, what its earlier words became: a text of any length is mostly words
// that were seen before. Nothing is copied: an entry points back into the text and into the ids.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "prepare/tokenizer/text_index.h"

namespace nagare {

class WordCache {
 public:
  // `text` and `ids` must outlive it; ids may only grow.
  WordCache(std::string_view text, std::vector<int32_t>& ids) : text_(text), ids_(ids) {
    if (text.size() < kLeastTextBytes) return;
    entries_.resize(std::clamp(std::bit_ceil(text.size() / 32), kLeastEntries, kMostEntries));
  }

  // Appends the ids of `word`, which is part of the text: those of the same word before, or encode()'s.
  template <class Encode>
  auto append(std::string_view word, const Encode& encode) -> decltype(encode()) {
    if (entries_.empty() || word.size() > kLongestWord) return encode();
    const uint64_t hash = hash_bytes(word, 0);
    Entry& entry = entries_[hash & (entries_.size() - 1)];
    if (entry.bytes == word.size() && text_.substr(entry.begin, entry.bytes) == word) {
      for (uint32_t i = 0; i < entry.id_count; ++i) ids_.push_back(ids_[entry.first_id + i]);
      return {};
    }
    const auto first_id = static_cast<uint32_t>(ids_.size());
    auto status = encode();
    if (status) {
      entry = {static_cast<uint32_t>(word.data() - text_.data()), static_cast<uint32_t>(word.size()),
               first_id, static_cast<uint32_t>(ids_.size() - first_id)};
    }
    return status;
  }

 private:
  static constexpr size_t kLeastTextBytes = 512, kLongestWord = 64;
  static constexpr size_t kLeastEntries = 64, kMostEntries = 1 << 15;
  struct Entry {
    uint32_t begin = 0, bytes = 0;
    uint32_t first_id = 0, id_count = 0;
  };

  std::string_view text_;
  std::vector<int32_t>& ids_;
  std::vector<Entry> entries_;
};

}  // namespace nagare
