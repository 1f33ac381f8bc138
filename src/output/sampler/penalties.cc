// Repetition, presence and frequency penalties over a window of the last tokens.
#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Penalties : public LogitStep {
 public:
  Penalties(const SamplerOptions& options, int64_t vocabulary_size)
      : repetition_(options.repetition_penalty),
        presence_(options.presence_penalty),
        frequency_(options.frequency_penalty),
        window_(static_cast<size_t>(options.repetition_window), -1),
        counts_(static_cast<size_t>(vocabulary_size)),
        places_(static_cast<size_t>(vocabulary_size)) {
    distinct_.reserve(window_.size() + 1);
  }

  void accept(int32_t token) override {
    if (token < 0 || token >= static_cast<int32_t>(counts_.size())) return;
    if (const int32_t leaving = window_[next_]; leaving >= 0) forget(leaving);
    window_[next_] = token;
    next_ = (next_ + 1) % window_.size();
    if (counts_[static_cast<size_t>(token)]++ > 0) return;
    places_[static_cast<size_t>(token)] = static_cast<int32_t>(distinct_.size());
    distinct_.push_back(token);
  }

  void apply(float* logits) override {
    for (const int32_t token : distinct_) {
      float& logit = logits[token];
      logit = logit > 0 ? logit / repetition_ : logit * repetition_;
      logit -= presence_ + frequency_ * static_cast<float>(counts_[static_cast<size_t>(token)]);
    }
  }

  std::string describe() const override {
    std::string text = "penalties";
    if (repetition_ != 1.0f) text += fmt::format(" repetition {:.2f}", repetition_);
    if (presence_ != 0.0f) text += fmt::format(" presence {:.2f}", presence_);
    if (frequency_ != 0.0f) text += fmt::format(" frequency {:.2f}", frequency_);
    return text + fmt::format(" (last {})", window_.size());
  }

 private:
  void forget(int32_t token) {
    if (--counts_[static_cast<size_t>(token)] > 0) return;
    const auto place = static_cast<size_t>(places_[static_cast<size_t>(token)]);
    distinct_[place] = distinct_.back();
    places_[static_cast<size_t>(distinct_[place])] = static_cast<int32_t>(place);
    distinct_.pop_back();
  }

  float repetition_, presence_, frequency_;
  std::vector<int32_t> window_;  // ring of accepted tokens
  size_t next_ = 0;
  std::vector<int32_t> counts_;    // of each token in the window
  std::vector<int32_t> distinct_;  // tokens whose count is not 0
  std::vector<int32_t> places_;    // of these in distinct_
};

}  // namespace

std::unique_ptr<LogitStep> make_penalties(const SamplerOptions& options, int64_t vocabulary_size) {
  const bool off = options.repetition_penalty == 1.0f && options.presence_penalty == 0.0f &&
                   options.frequency_penalty == 0.0f;
  if (off || options.repetition_window == 0) return nullptr;
  return std::make_unique<Penalties>(options, vocabulary_size);
}

}  // namespace nagare
