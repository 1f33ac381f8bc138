// DRY, "don't repeat yourself": a token that would lengthen a run which already stands earlier in the window
// loses more the longer that run is. The lengths of all runs come from one pass of the Z function over the
// window read backwards, so a step costs O(window).
#include <algorithm>
#include <cmath>

#include "output/sampler/steps.h"

namespace nagare {
namespace {

class Dry : public LogitStep {
 public:
  Dry(const SamplerOptions& options, int64_t vocabulary_size)
      : multiplier_(options.dry_multiplier),
        base_(options.dry_base),
        allowed_length_(options.dry_allowed_length),
        window_(static_cast<size_t>(options.dry_window)),
        is_breaker_(static_cast<size_t>(vocabulary_size)),
        longest_(static_cast<size_t>(vocabulary_size)) {
    // Twice the window, so that old tokens are moved out once per window, not once per token.
    history_.reserve(2 * window_);
    reversed_.reserve(window_);
    run_lengths_.reserve(window_);
    for (const int32_t token : options.dry_breakers) {
      if (token >= 0 && token < vocabulary_size) is_breaker_[static_cast<size_t>(token)] = true;
    }
  }

  void accept(int32_t token) override {
    if (token < 0 || token >= static_cast<int32_t>(is_breaker_.size())) return;
    if (history_.size() == 2 * window_) {
      history_.erase(history_.begin(), history_.begin() + static_cast<int64_t>(window_));
    }
    history_.push_back(token);
  }

  void apply(float* logits) override {
    const size_t count = std::min(history_.size(), window_);
    reversed_.assign(history_.rbegin(), history_.rbegin() + static_cast<int64_t>(count));
    const size_t longest = length_until_breaker();
    if (longest < static_cast<size_t>(allowed_length_)) return;
    measure_runs();
    // reversed_[i] ended a run like the one that ends now; reversed_[i - 1] went on from there.
    for (size_t i = 1; i < count; ++i) {
      const auto length = static_cast<int32_t>(std::min(run_lengths_[i], longest));
      int32_t& most = longest_[static_cast<size_t>(reversed_[i - 1])];
      most = std::max(most, length);
    }
    for (size_t i = 1; i < count; ++i) {
      int32_t& length = longest_[static_cast<size_t>(reversed_[i - 1])];
      if (length >= allowed_length_) logits[reversed_[i - 1]] -= penalty(length);
      length = 0;  // each token once
    }
  }

  std::string describe() const override {
    return fmt::format("dry {:.2f} × {:.2f}^(length - {}) (last {})", multiplier_, base_, allowed_length_,
                       window_);
  }

 private:
  size_t length_until_breaker() const {
    size_t length = 0;
    while (length < reversed_.size() && !is_breaker_[static_cast<size_t>(reversed_[length])]) ++length;
    return length;
  }

  // run_lengths_[i]: how many tokens from reversed_[i] on are as those from reversed_[0] on (Gusfield, 1997).
  void measure_runs() {
    const size_t count = reversed_.size();
    run_lengths_.assign(count, 0);
    size_t left = 0;
    size_t right = 0;  // [left, right) matches the beginning, with the largest right so far
    for (size_t i = 1; i < count; ++i) {
      size_t length = i < right ? std::min(right - i, run_lengths_[i - left]) : 0;
      while (i + length < count && reversed_[length] == reversed_[i + length]) ++length;
      run_lengths_[i] = length;
      if (i + length > right) {
        left = i;
        right = i + length;
      }
    }
  }

  float penalty(int32_t length) const {
    // Past a million nothing changes, and float stays finite.
    return std::min(multiplier_ * std::pow(base_, static_cast<float>(length - allowed_length_)), 1e6f);
  }

  float multiplier_, base_;
  int32_t allowed_length_;
  size_t window_;
  std::vector<bool> is_breaker_;
  std::vector<int32_t> longest_;  // per token, 0 between calls
  std::vector<int32_t> history_, reversed_;
  std::vector<size_t> run_lengths_;
};

}  // namespace

std::unique_ptr<LogitStep> make_dry(const SamplerOptions& options, int64_t vocabulary_size) {
  if (options.dry_multiplier == 0.0f || options.dry_window == 0) return nullptr;
  return std::make_unique<Dry>(options, vocabulary_size);
}

}  // namespace nagare
