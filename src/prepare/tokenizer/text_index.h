// A hash index from strings to ids that stores no strings: the caller says what the text of an id is. Open
// addressing, at most half full; 150,000 tokens take 2.1 MB. Each index has its own random seed, so that no
// model file can be made to collide.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace nagare {

// Eight bytes a step, folded through a 128-bit product (the mixing of wyhash and its kin).
inline uint64_t hash_bytes(std::string_view text, uint64_t seed) {
  const auto fold = [](uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  constexpr uint64_t kMix = 0x9E3779B97F4A7C15, kMix2 = 0xD6E8FEB86659FD93;
  const char* next = text.data();
  size_t left = text.size();
  uint64_t state = seed ^ (left * kMix2);
  while (left > 8) {
    uint64_t word;
    std::memcpy(&word, next, 8);
    state = fold(state ^ word, kMix);
    next += 8;
    left -= 8;
  }
  uint64_t word = 0;
  if (left >= 4) {  // two reads that overlap beat a byte loop
    uint32_t low, high;
    std::memcpy(&low, next, 4);
    std::memcpy(&high, next + left - 4, 4);
    word = low | (static_cast<uint64_t>(high) << 32);
  } else if (left > 0) {
    const auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<uint8_t>(next[i])); };
    word = byte(0) | (byte(left / 2) << 8) | (byte(left - 1) << 16);
  }
  return fold(state ^ word, kMix2);
}

class TextIndex {
 public:
  TextIndex() : seed_((static_cast<uint64_t>(std::random_device{}()) << 32) | std::random_device{}()) {}

  void reserve(size_t count) { slots_.assign(std::bit_ceil(count * 2 + 2), Slot{}); }

  // The id that already has this text, or `id`, which was put in. Needs a reserve() that covers all of them.
  template <class TextOf>
  int32_t insert(std::string_view text, int32_t id, const TextOf& text_of) {
    const uint64_t hash = hash_bytes(text, seed_);
    const size_t mask = slots_.size() - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      Slot& slot = slots_[i];
      if (slot.id < 0) {
        slot = {id, static_cast<uint32_t>(hash >> 32)};
        return id;
      }
      if (slot.tag == static_cast<uint32_t>(hash >> 32) && text_of(slot.id) == text) return slot.id;
    }
  }

  // The id with this text, or -1.
  template <class TextOf>
  int32_t find(std::string_view text, const TextOf& text_of) const {
    if (slots_.empty()) return -1;
    const uint64_t hash = hash_bytes(text, seed_);
    const size_t mask = slots_.size() - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      const Slot& slot = slots_[i];
      if (slot.id < 0) return -1;
      if (slot.tag == static_cast<uint32_t>(hash >> 32) && text_of(slot.id) == text) return slot.id;
    }
  }

 private:
  struct Slot {
    int32_t id = -1;
    uint32_t tag = 0;  // the upper half of the hash: most strangers are told apart without looking at text
  };
  std::vector<Slot> slots_;
  uint64_t seed_;
};

}  // namespace nagare
