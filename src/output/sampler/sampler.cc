#include "output/sampler/sampler.h"

#include <algorithm>
#include <cmath>

namespace nagare {
namespace {

// Where top-k is off, a draw looks at no more than this many tokens; the rest have next to no probability.
constexpr size_t kMostCandidates = 4096;

// A token is better with a higher logit; of equal ones, the lower id, so that the order is total.
bool better(float logit_a, int32_t token_a, float logit_b, int32_t token_b) {
  return logit_a > logit_b || (logit_a == logit_b && token_a < token_b);
}

int32_t best_token(const float* logits, int64_t count) {
  int32_t best = 0;
  for (int64_t i = 1; i < count; ++i) {
    if (logits[i] > logits[best]) best = static_cast<int32_t>(i);
  }
  return best;
}

template <class T>
Status in_range(const char* name, T value, T low, T high) {
  if (value >= low && value <= high) return {};
  return bad_input("{} must be from {} to {}, not {}", name, low, high, value);
}

}  // namespace

Status check(const SamplerOptions& o) {
  RETURN_IF_ERROR(in_range("temperature", o.temperature, 0.0f, 100.0f));
  RETURN_IF_ERROR(in_range("top-k", o.top_k, 0, 1 << 24));
  RETURN_IF_ERROR(in_range("top-p", o.top_p, 0.0f, 1.0f));
  RETURN_IF_ERROR(in_range("min-p", o.min_p, 0.0f, 1.0f));
  RETURN_IF_ERROR(in_range("repetition penalty", o.repetition_penalty, 0.01f, 100.0f));
  return in_range("repetition window", o.repetition_window, 0, 1 << 20);
}

Sampler::Sampler(const SamplerOptions& options, int64_t vocabulary_size)
    : options_(options), engine_(options.seed), vocabulary_size_(vocabulary_size) {
  candidates_.reserve(static_cast<size_t>(vocabulary_size));
  probabilities_.reserve(kMostCandidates);
  if (options.repetition_penalty != 1.0f) {
    penalised_.resize(static_cast<size_t>(vocabulary_size));
    recent_.assign(static_cast<size_t>(options.repetition_window), -1);
  }
}

void Sampler::accept(int32_t token) {
  if (recent_.empty()) return;
  recent_[recent_next_] = token;
  recent_next_ = (recent_next_ + 1) % recent_.size();
}

void Sampler::penalise_repetitions() {
  for (size_t i = 0; i < recent_.size(); ++i) {
    const int32_t token = recent_[i];
    if (token < 0 || token >= vocabulary_size_) continue;
    // Each token once, however often it came.
    if (std::find(recent_.begin(), recent_.begin() + static_cast<int64_t>(i), token) !=
        recent_.begin() + static_cast<int64_t>(i)) {
      continue;
    }
    float& logit = penalised_[static_cast<size_t>(token)];
    logit = logit > 0 ? logit / options_.repetition_penalty : logit * options_.repetition_penalty;
  }
}

int32_t Sampler::sample(const float* logits) {
  if (options_.repetition_penalty != 1.0f) {
    std::copy(logits, logits + vocabulary_size_, penalised_.begin());
    penalise_repetitions();
    logits = penalised_.data();
  }
  if (options_.temperature == 0.0f) return best_token(logits, vocabulary_size_);
  candidates_.clear();
  for (int64_t i = 0; i < vocabulary_size_; ++i) {
    if (!std::isnan(logits[i])) candidates_.push_back({logits[i], static_cast<int32_t>(i)});
  }
  if (candidates_.empty()) return 0;
  keep_top_k();
  to_probabilities();
  keep_top_p();
  keep_min_p();
  return draw();
}

void Sampler::keep_top_k() {
  const size_t wanted = options_.top_k == 0 ? kMostCandidates : static_cast<size_t>(options_.top_k);
  const size_t kept = std::min(wanted, candidates_.size());
  std::partial_sort(
      candidates_.begin(), candidates_.begin() + static_cast<int64_t>(kept), candidates_.end(),
      [](const Candidate& a, const Candidate& b) { return better(a.logit, a.token, b.logit, b.token); });
  candidates_.resize(kept);
}

void Sampler::to_probabilities() {
  probabilities_.clear();
  const float best = candidates_[0].logit;
  float sum = 0;
  for (const Candidate& candidate : candidates_) {
    probabilities_.push_back(std::exp((candidate.logit - best) / options_.temperature));
    sum += probabilities_.back();
  }
  for (float& probability : probabilities_) probability /= sum;
}

void Sampler::keep_top_p() {
  float sum = 0;
  size_t kept = 0;
  while (kept < probabilities_.size() && (kept == 0 || sum < options_.top_p)) sum += probabilities_[kept++];
  probabilities_.resize(kept);
}

void Sampler::keep_min_p() {
  const float least = options_.min_p * probabilities_[0];
  while (probabilities_.size() > 1 && probabilities_.back() < least) probabilities_.pop_back();
}

int32_t Sampler::draw() {
  float sum = 0;
  for (const float probability : probabilities_) sum += probability;
  // 53 random bits as a number in [0, 1): the standard's distributions differ between libraries.
  float left = static_cast<float>(static_cast<double>(engine_() >> 11) * 0x1p-53) * sum;
  for (size_t i = 0; i + 1 < probabilities_.size(); ++i) {
    left -= probabilities_[i];
    if (left < 0) return candidates_[i].token;
  }
  return candidates_[probabilities_.size() - 1].token;
}

std::string Sampler::describe() const {
  std::string chain;
  if (options_.repetition_penalty != 1.0f) {
    chain += fmt::format("repetition-penalty {:.2f} ({}) → ", options_.repetition_penalty,
                         options_.repetition_window);
  }
  if (options_.temperature == 0.0f) return chain + "greedy";
  return chain + fmt::format("top-k {} → temperature {:.2f} → top-p {:.2f} → min-p {:.2f} → seed {}",
                             options_.top_k, options_.temperature, options_.top_p, options_.min_p,
                             options_.seed);
}

}  // namespace nagare
