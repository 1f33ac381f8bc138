// One answer in the making: draws a token, shows its text, decides whether to go on, computes the next. Used
// by TextSession::generate, which has put the prompt into the sequence.
//
// Tokens may be proposed ahead (GenerateOptions::lookup, ::draft): they are computed together with the last
// one, and each is kept only if the sampler draws that very token from the logits before it. So the answer is
// the one that would have come without.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "engine/draft_model.h"
#include "engine/text_session.h"
#include "output/detokenize/detokenizer.h"
#include "output/grammar/token_constraint.h"
#include "output/stop/stop_matcher.h"

namespace nagare {

class Generation {
 public:
  using Show = std::function<void(std::string_view)>;

  // Everything must outlive it; `cancel` may be null.
  Generation(TextModel& model, SequenceId sequence, const GenerateOptions& options, const Show& show,
             const std::atomic<bool>* cancel);

  // Continues the sequence, whose tokens are the prompt. `result` gets all but what concerns the prompt
  // alone.
  Status run(GenerateResult& result);

 private:
  Status begin(GenerateResult& result);
  bool cancelled() const { return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed); }
  // Null where the answer was cancelled before they came: a long prompt takes many steps.
  Result<const float*> next_logits();
  Result<int32_t> draw(const float* logits);
  // The reason to stop before or after `token`, or nothing.
  Result<std::optional<StopReason>> take(int32_t token, GenerateResult& result);
  // Sees to it that the logits behind `token`, the newest one, will be computed.
  Status go_on(int32_t token, GenerateResult& result);
  Status propose();
  Status propose_by_draft(int32_t most);
  void show(std::string_view text, GenerateResult& result);
  int64_t tokens_left() const;

  TextModel& model_;
  Scheduler& scheduler_;
  SequenceId sequence_;
  const GenerateOptions& options_;
  const Show& show_;
  const std::atomic<bool>* cancel_;
  Sampler sampler_;
  Detokenizer detokenizer_;
  StopMatcher stops_;
  std::optional<TokenConstraint> constraint_;
  std::unique_ptr<DraftModel> draft_;
  int32_t draft_pause_ = 0;       // tokens without asking it, after the last time that it had nothing to say
  int32_t draft_pause_left_ = 0;  // of them
  std::vector<int32_t> text_;     // prompt and answer
  int64_t prompt_tokens_ = 0;
  std::vector<int32_t>
      proposal_;  // pushed behind the newest token and not yet judged, from next_proposed_ on
  size_t next_proposed_ = 0;
  int32_t proposal_limit_ = 0;           // grows while proposals are kept
  std::span<const StepOutput> outputs_;  // of the last step, from next_output_ on
  size_t next_output_ = 0;
  LabelId output_label_;
  LabelId text_label_;
};

}  // namespace nagare
