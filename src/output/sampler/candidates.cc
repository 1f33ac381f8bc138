#include "output/sampler/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nagare {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

bool likelier(const TokenCandidate& a, const TokenCandidate& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
}

bool smaller_key(const TokenCandidate& a, const TokenCandidate& b) {
  return a.key < b.key || (a.key == b.key && a.token < b.token);
}

// Sorts the first `count` of which the first `sorted` are in order already.
template <class Before>
void extend_sorted(std::vector<TokenCandidate>& items, size_t& sorted, size_t count, const Before& before) {
  count = std::min(count, items.size());
  if (count <= sorted) return;
  const auto begin = items.begin() + static_cast<int64_t>(sorted);
  const auto end = items.begin() + static_cast<int64_t>(count);
  if (end != items.end()) std::nth_element(begin, end, items.end(), before);
  std::sort(begin, end, before);
  sorted = count;
}

}  // namespace

void TokenCandidates::fill(const float* logits, int64_t count, const TokenMask* mask) {
  items_.clear();
  sorted_ = sorted_by_key_ = 0;
  const auto add = [&](int32_t token) {
    const float logit = std::min(logits[token], std::numeric_limits<float>::max());
    if (logits[token] > kLowest) items_.push_back({.logit = logit, .token = token});  // false for NaN too
  };
  if (mask == nullptr) {
    for (int32_t token = 0; token < count; ++token) add(token);
    if (items_.empty()) items_.push_back({});
    return;
  }
  int32_t first_allowed = -1;
  mask->for_each([&](int32_t token) {
    if (first_allowed < 0) first_allowed = token;
    add(token);
  });
  if (items_.empty()) items_.push_back({.token = std::max(first_allowed, 0)});
}

float TokenCandidates::best_logit() const {
  if (sorted_ > 0) return items_[0].logit;
  float best = kLowest;
  for (const TokenCandidate& candidate : items_) best = std::max(best, candidate.logit);
  return best;
}

void TokenCandidates::sort_first(size_t count) {
  sorted_by_key_ = 0;
  extend_sorted(items_, sorted_, count, likelier);
}

void TokenCandidates::sort_first_by_key(size_t count) {
  sorted_ = 0;
  extend_sorted(items_, sorted_by_key_, count, smaller_key);
}

void TokenCandidates::normalise() {
  const float best = best_logit();
  double sum = 0;
  for (TokenCandidate& candidate : items_) {
    candidate.probability = std::exp(candidate.logit - best);
    sum += static_cast<double>(candidate.probability);
  }
  const auto scale = static_cast<float>(1.0 / sum);
  for (TokenCandidate& candidate : items_) candidate.probability *= scale;
}

void TokenCandidates::keep_first(size_t count) {
  items_.resize(std::min(count, items_.size()));
  sorted_ = std::min(sorted_, items_.size());
  sorted_by_key_ = std::min(sorted_by_key_, items_.size());
}

void TokenCandidates::drop_first(size_t count) {
  items_.erase(items_.begin(), items_.begin() + static_cast<int64_t>(count));
  sorted_ -= std::min(sorted_, count);
  sorted_by_key_ -= std::min(sorted_by_key_, count);
}

size_t TokenCandidates::draw(Random& random) const {
  double left = random.uniform();
  for (size_t i = 0; i + 1 < items_.size(); ++i) {
    left -= static_cast<double>(items_[i].probability);
    if (left < 0) return i;
  }
  return items_.size() - 1;
}

}  // namespace nagare
