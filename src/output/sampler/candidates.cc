#include "output/sampler/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "output/sampler/logit_scan.h"

namespace nagare {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();
constexpr int64_t kScanBlock = 64;
constexpr size_t kSpareCandidates = 64;

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

void TokenCandidates::fill(const float* logits, int64_t count, const TokenMask* mask, size_t most) {
  items_.clear();
  sorted_ = sorted_by_key_ = 0;
  // Tokens come by rising id, so one that only equals the last of `most` others comes behind them.
  float above = kLowest;
  const size_t room = most < items_.capacity() / 4 ? 2 * most + kSpareCandidates : items_.capacity() + 1;
  const auto add = [&](int32_t token) {
    const float logit = std::min(logits[token], std::numeric_limits<float>::max());
    if (!(logit > above)) return;  // NaN neither
    items_.push_back({.logit = logit, .token = token});
    if (items_.size() == room) above = select(most);
  };
  if (mask == nullptr) {
    for (int64_t begin = 0; begin < count; begin += kScanBlock) {
      const int64_t end = std::min(count, begin + kScanBlock);
      if (!(largest_logit(logits + begin, end - begin) > above)) continue;
      for (int64_t token = begin; token < end; ++token) add(static_cast<int32_t>(token));
    }
    if (items_.empty()) items_.push_back({});
  } else {
    int32_t first_allowed = -1;
    mask->for_each([&](int32_t token) {
      if (first_allowed < 0) first_allowed = token;
      add(token);
    });
    if (items_.empty()) items_.push_back({.token = std::max(first_allowed, 0)});
  }
  if (items_.size() > most) select(most);
}

// Leaves the `most` likeliest, in no order, and gives the last one's logit.
float TokenCandidates::select(size_t most) {
  const auto last = items_.begin() + static_cast<int64_t>(most) - 1;
  std::nth_element(items_.begin(), last, items_.end(), likelier);
  items_.resize(most);
  return items_.back().logit;
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
