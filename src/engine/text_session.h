// One conversation with a model: prompts in, streamed text out. Keeps its place in the KV cache, so that a
// chat computes only what is new.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text_model.h"
#include "output/grammar/grammar.h"
#include "output/sampler/sampler.h"

namespace nagare {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

struct GenerateOptions {
  SamplerOptions sampler;
  int64_t max_tokens = -1;  // -1: until the model ends or the context is full
  std::vector<std::string> stops;
  bool ignore_end = false;  // goes on past the model's own end (for benchmarks)
  // Holds the answer to a grammar (answer_form.h makes one). It is completed within max_tokens and the
  // context wherever the shortest text fits into them.
  std::shared_ptr<const Grammar> grammar;
  // Tokens proposed ahead, which the model checks in one step: faster where the guesses are good, and never
  // another text. At most so many from what the text already says, else from a draft model of the same
  // vocabulary, which must outlive the answer.
  int32_t lookup_tokens = 0;
  TextModel* draft = nullptr;
  int32_t draft_tokens = 8;
};

// An error where the numbers of tokens to propose are out of range.
Status check_proposals(const GenerateOptions& options);

enum class StopReason : uint8_t { kEnd, kStopString, kMaxTokens, kContextFull, kCancelled };
std::string_view name(StopReason reason);

struct GenerateResult {
  std::string text;
  std::vector<int32_t> tokens;
  StopReason reason = StopReason::kEnd;
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;    // of the prompt, found in the cache
  int64_t proposed_tokens = 0;  // ahead of the model …
  int64_t accepted_tokens = 0;  // … and right
  std::string chain;            // of the samplers, as they ran
  double prompt_seconds = 0;
  double generate_seconds = 0;
  double prompt_tokens_per_second() const;
  double generate_tokens_per_second() const;
  double acceptance() const;  // share of the proposed tokens that were right; 0 where there were none
};

class TextSession {
 public:
  static Result<std::unique_ptr<TextSession>> open(TextModel& model);
  ~TextSession();
  TextSession(const TextSession&) = delete;
  TextSession& operator=(const TextSession&) = delete;

  // The tokens of a conversation by the model's template, ready for the assistant's answer. Control tokens
  // come from the template only: what people wrote stays plain text, in which bytes that are not UTF-8 become
  // U+FFFD.
  Result<std::vector<int32_t>> chat_tokens(const std::vector<ChatMessage>& messages) const;
  // The tokens of plain text, with the model's own bos where it wants one; likewise with U+FFFD for what is
  // no UTF-8.
  Result<std::vector<int32_t>> text_tokens(std::string_view text) const;

  // Continues `prompt` and calls `on_text` with each piece of the answer as it can be shown. What the session
  // already computed of the prompt is not computed again. `cancel` (may be null) stops the answer between two
  // tokens.
  Result<GenerateResult> generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                  const std::function<void(std::string_view)>& on_text,
                                  const std::atomic<bool>* cancel);

 private:
  TextSession(TextModel& model, SequenceId sequence);
  Status push_prompt(std::span<const int32_t> prompt);

  TextModel& model_;
  SequenceId sequence_;
  LabelId prepare_label_;
};

}  // namespace nagare
