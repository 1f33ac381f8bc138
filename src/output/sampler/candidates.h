// The tokens that are still in question for the next place, and what the samplers do with them. Nothing is
// sorted that nobody asks for: sort_first() selects. All storage is made by the constructor.
#pragma once

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "output/sampler/token_mask.h"

namespace nagare {

struct TokenCandidate {
  float logit = 0;
  float probability = 0;  // valid after normalise()
  float key = 0;          // a sampler's own order
  int32_t token = 0;
};

// The same numbers on every machine: the standard's distributions differ between libraries.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  // In [0, 1), from 53 random bits.
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 engine_;
};

class TokenCandidates {
 public:
  static constexpr size_t kAll = std::numeric_limits<size_t>::max();

  explicit TokenCandidates(int64_t vocabulary_size) { items_.reserve(static_cast<size_t>(vocabulary_size)); }

  // All tokens (that `mask` allows; null: all) whose logit is a number. Where no logit is, one token that is
  // allowed: there is always at least one candidate. At most the `most` (at least 1) likeliest of them.
  void fill(const float* logits, int64_t count, const TokenMask* mask, size_t most = kAll);

  size_t size() const { return items_.size(); }
  const TokenCandidate& operator[](size_t i) const { return items_[i]; }
  float best_logit() const;

  // Makes the first `count` the most likely ones in order: by logit, of equal ones the lower id first.
  void sort_first(size_t count);
  // The same by `key`, the smallest first.
  void sort_first_by_key(size_t count);
  // Sets each probability: the softmax of the logits of those that are left.
  void normalise();
  // The smallest number of leading candidates (at least one) whose probabilities reach `mass`, in the order
  // that `sort(count)` makes.
  template <class Sort>
  size_t count_to_reach(double mass, Sort&& sort);

  void keep_first(size_t count);
  void drop_first(size_t count);
  // Keeps those for which `keep(candidate)` holds; the order stays. At least one must remain.
  template <class Keep>
  void keep_if(Keep&& keep);
  template <class Change>
  void for_each(Change&& change) {
    for (TokenCandidate& candidate : items_) change(candidate);
  }

  // One of them by its probability, as an index. Needs normalise().
  size_t draw(Random& random) const;

 private:
  float select(size_t most);

  std::vector<TokenCandidate> items_;
  size_t sorted_ = 0;         // the first so many are in order of likelihood
  size_t sorted_by_key_ = 0;  // or of their keys
};

template <class Sort>
size_t TokenCandidates::count_to_reach(double mass, Sort&& sort) {
  double sum = 0;
  size_t count = 0;
  for (size_t sorted = 64; count < items_.size(); sorted *= 4) {
    sorted = sorted < items_.size() ? sorted : items_.size();
    sort(sorted);
    while (count < sorted) {
      sum += static_cast<double>(items_[count++].probability);
      if (sum >= mass) return count;
    }
  }
  return count;
}

template <class Keep>
void TokenCandidates::keep_if(Keep&& keep) {
  size_t kept = 0;
  size_t kept_sorted = 0;
  for (size_t i = 0; i < items_.size(); ++i) {
    if (!keep(items_[i])) continue;
    if (i < sorted_) ++kept_sorted;
    items_[kept++] = items_[i];
  }
  items_.resize(kept);
  sorted_ = kept_sorted;
  sorted_by_key_ = 0;
}

}  // namespace nagare
