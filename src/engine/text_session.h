// One conversation with a model: prompts in, streamed text out. Keeps its place in the KV cache, so that a
// chat computes only what is new.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text_model.h"
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
};

enum class StopReason : uint8_t { kEnd, kStopString, kMaxTokens, kContextFull, kCancelled };
std::string_view name(StopReason reason);

struct GenerateResult {
  std::string text;
  std::vector<int32_t> tokens;
  StopReason reason = StopReason::kEnd;
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;  // of the prompt, found in the cache
  double prompt_seconds = 0;
  double generate_seconds = 0;
  double prompt_tokens_per_second() const;
  double generate_tokens_per_second() const;
};

class TextSession {
 public:
  static Result<std::unique_ptr<TextSession>> open(TextModel& model);
  ~TextSession();
  TextSession(const TextSession&) = delete;
  TextSession& operator=(const TextSession&) = delete;

  // The tokens of a conversation by the model's template, ready for the assistant's answer. Control tokens
  // come from the template only: what people wrote stays plain text.
  Result<std::vector<int32_t>> chat_tokens(const std::vector<ChatMessage>& messages) const;
  // The tokens of plain text, with the model's own bos where it wants one.
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
  Result<const float*> next_logits();

  TextModel& model_;
  SequenceId sequence_;
  LabelId prepare_label_;
  LabelId output_label_;
};

}  // namespace nagare
