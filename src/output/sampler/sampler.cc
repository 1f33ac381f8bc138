#include "output/sampler/sampler.h"

#include <algorithm>
#include <utility>

#include "output/sampler/logit_scan.h"

namespace nagare {
namespace {

std::unique_ptr<CutStep> make_cut(Cut cut, const SamplerOptions& options) {
  switch (cut) {
    case Cut::kTopK:
      return make_top_k(options);
    case Cut::kTemperature:
      return make_temperature(options);
    case Cut::kTypical:
      return make_typical(options);
    case Cut::kTopP:
      return make_top_p(options);
    case Cut::kMinP:
      return make_min_p(options);
    case Cut::kXtc:
      return make_xtc(options);
  }
  return nullptr;
}

template <class T>
void add(std::vector<std::unique_ptr<T>>& steps, std::unique_ptr<T> step) {
  if (step != nullptr) steps.push_back(std::move(step));
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options, int64_t vocabulary_size)
    : random_(options.seed),
      candidates_(options.temperature == 0.0f ? 0 : vocabulary_size),
      vocabulary_size_(vocabulary_size) {
  add(logit_steps_, make_logit_bias(options, vocabulary_size));
  add(logit_steps_, make_penalties(options, vocabulary_size));
  add(logit_steps_, make_dry(options, vocabulary_size));
  if (!logit_steps_.empty()) changed_logits_.resize(static_cast<size_t>(vocabulary_size));
  if (options.temperature == 0.0f) return;
  if (options.mirostat != 0) {
    add(cuts_, make_temperature(options));
    pick_ = make_mirostat(options);
    return;
  }
  for (const Cut cut : options.cuts.empty() ? default_cuts() : std::span<const Cut>(options.cuts)) {
    add(cuts_, make_cut(cut, options));
  }
  pick_ = make_draw(options);
}

void Sampler::accept(int32_t token) {
  for (const auto& step : logit_steps_) step->accept(token);
}

int32_t Sampler::sample(const float* logits, const TokenMask* allowed) {
  if (!logit_steps_.empty()) {
    std::copy(logits, logits + vocabulary_size_, changed_logits_.begin());
    for (const auto& step : logit_steps_) step->apply(changed_logits_.data());
    logits = changed_logits_.data();
  }
  if (pick_ == nullptr) return best_token(logits, allowed);
  candidates_.fill(logits, vocabulary_size_, allowed,
                   cuts_.empty() ? TokenCandidates::kAll : cuts_.front()->most_needed());
  for (const auto& cut : cuts_) cut->apply(candidates_, random_);
  return candidates_[pick_->pick(candidates_, random_)].token;
}

// Of equal ones the lowest id; a NaN is never better.
int32_t Sampler::best_token(const float* logits, const TokenMask* allowed) const {
  if (allowed == nullptr) {
    const float largest = largest_logit(logits, vocabulary_size_);
    const float* const at = std::find(logits, logits + vocabulary_size_, largest);
    if (at != logits + vocabulary_size_) return static_cast<int32_t>(at - logits);
    return 0;  // all are NaN
  }
  int32_t best = -1;
  int32_t first = -1;
  allowed->for_each([&](int32_t token) {
    if (first < 0) first = token;
    if (best < 0 ? logits[token] == logits[token] : logits[token] > logits[best]) best = token;
  });
  return best >= 0 ? best : std::max(first, 0);
}

std::string Sampler::describe() const {
  std::string chain;
  for (const auto& step : logit_steps_) chain += step->describe() + " → ";
  for (const auto& cut : cuts_) chain += cut->describe() + " → ";
  return chain + (pick_ == nullptr ? "greedy" : pick_->describe());
}

}  // namespace nagare
