// Which tokens may come next: one bit per token. Grammars make it, the sampler obeys it.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace nagare {

class TokenMask {
 public:
  TokenMask() = default;
  explicit TokenMask(int64_t token_count) : words_(static_cast<size_t>((token_count + 63) / 64)) {}

  void allow(int32_t token) {
    words_[static_cast<size_t>(token) / 64] |= uint64_t{1} << (static_cast<size_t>(token) % 64);
  }
  bool allows(int32_t token) const {
    return (words_[static_cast<size_t>(token) / 64] >> (static_cast<size_t>(token) % 64) & 1) != 0;
  }
  // Both must be of one size.
  void allow_all_of(const TokenMask& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void clear() { words_.assign(words_.size(), 0); }
  bool none() const {
    for (const uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }
  int64_t count() const {
    int64_t sum = 0;
    for (const uint64_t word : words_) sum += std::popcount(word);
    return sum;
  }
  // Calls `visit(token)` for each allowed token, ascending.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
        visit(static_cast<int32_t>(i * 64) + std::countr_zero(rest));
      }
    }
  }
  bool operator==(const TokenMask&) const = default;

 private:
  std::vector<uint64_t> words_;
};

}  // namespace nagare
