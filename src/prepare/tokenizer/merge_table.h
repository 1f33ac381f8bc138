// The merges of a byte-level BPE, found by their two ids: open addressing, at most half full. The hash is
// seeded at random, so that no model file can be made to collide.
#pragma once

#include <bit>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "prepare/tokenizer/pair_merger.h"
#include "prepare/tokenizer/vocab.h"

namespace nagare {

class MergeTable {
 public:
  // Merges to control tokens are left out: a user's text never becomes one.
  explicit MergeTable(const Vocab& vocab) {
    const std::span<const Merge> merges = vocab.merges();
    slots_.resize(std::bit_ceil(merges.size() * 2 + 2));
    shift_ = 64 - std::countr_zero(slots_.size());
    for (uint32_t rank = 0; rank < merges.size(); ++rank) {
      const Merge& merge = merges[rank];
      if (vocab.is_special(merge.merged)) continue;
      Slot& slot = slots_[place(key_of(merge.left, merge.right))];
      if (slot.key == kEmpty)
        slot = {key_of(merge.left, merge.right), {rank, merge.merged}};  // the first counts
    }
  }

  // What the pair becomes; ids may be -1.
  MergeChoice find(int32_t left, int32_t right) const {
    if ((left | right) < 0) return {};
    const Slot& slot = slots_[place(key_of(left, right))];
    return slot.key == kEmpty ? MergeChoice{} : slot.choice;
  }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  struct Slot {
    uint64_t key = kEmpty;
    MergeChoice choice;
  };

  static uint64_t key_of(int32_t left, int32_t right) {
    return (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
  }
  // Where the key is, or where it would be.
  size_t place(uint64_t key) const {
    size_t i = (key * factor_) >> shift_;
    while (slots_[i].key != key && slots_[i].key != kEmpty) i = (i + 1) & (slots_.size() - 1);
    return i;
  }

  std::vector<Slot> slots_;
  int shift_ = 0;
  // Odd, upper bits from chance: multiply-shift hashing (Dietzfelbinger et al. 1997).
  uint64_t factor_ = ((static_cast<uint64_t>(std::random_device{}()) << 32) | std::random_device{}()) | 1;
};

}  // namespace nagare
