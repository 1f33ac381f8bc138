#include "engine/text_session.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "output/detokenize/detokenizer.h"
#include "output/stop/stop_matcher.h"

namespace nagare {
namespace {

double seconds_since(int64_t start_ns) {
  return static_cast<double>(now_ns() - start_ns) * 1e-9;
}

}  // namespace

std::string_view name(StopReason reason) {
  static constexpr std::array<std::string_view, 5> kNames{"end", "stop", "max-tokens", "context",
                                                          "cancelled"};
  return kNames[static_cast<size_t>(reason)];
}

double GenerateResult::prompt_tokens_per_second() const {
  return prompt_seconds > 0 ? static_cast<double>(prompt_tokens - reused_tokens) / prompt_seconds : 0;
}

// The first token comes out of the prompt's step; the others take the time that is counted.
double GenerateResult::generate_tokens_per_second() const {
  return generate_seconds > 0 && tokens.size() > 1 ? static_cast<double>(tokens.size() - 1) / generate_seconds
                                                   : 0;
}

TextSession::TextSession(TextModel& model, SequenceId sequence)
    : model_(model),
      sequence_(sequence),
      prepare_label_(model.tracer().add_label(
          {.station = Station::kPrepare, .name = "tokenise", .solver = {}, .problem = {}})),
      output_label_(model.tracer().add_label(
          {.station = Station::kOutput, .name = "sample", .solver = {}, .problem = {}})) {}

Result<std::unique_ptr<TextSession>> TextSession::open(TextModel& model) {
  ASSIGN_OR_RETURN(const SequenceId sequence, model.scheduler().open());
  return std::unique_ptr<TextSession>(new TextSession(model, sequence));
}

TextSession::~TextSession() {
  model_.scheduler().close(sequence_);
}

Result<std::vector<int32_t>> TextSession::text_tokens(std::string_view text) const {
  const TraceScope scope(model_.tracer(), prepare_label_);
  return model_.tokenizer().encode(text, {.parse_special = false, .add_bos = model_.vocab().rules().add_bos});
}

Status TextSession::push_prompt(std::span<const int32_t> prompt) {
  Scheduler& scheduler = model_.scheduler();
  const std::span<const int32_t> known = scheduler.tokens(sequence_);
  const auto differs = std::mismatch(known.begin(), known.end(), prompt.begin(), prompt.end());
  // At least the last token is computed anew: its logits are what the answer starts from.
  const auto common =
      std::min<int64_t>(differs.first - known.begin(), static_cast<int64_t>(prompt.size()) - 1);
  scheduler.truncate(sequence_, common);
  return scheduler.push(sequence_, prompt.subspan(scheduler.tokens(sequence_).size()));
}

Result<const float*> TextSession::next_logits() {
  for (;;) {
    ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, model_.scheduler().step());
    for (const StepOutput& output : outputs) {
      if (output.sequence == sequence_) return output.logits;
    }
    if (model_.scheduler().idle()) return failure("session: nothing to compute");
  }
}

Result<GenerateResult> TextSession::generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                             const std::function<void(std::string_view)>& on_text,
                                             const std::atomic<bool>* cancel) {
  RETURN_IF_ERROR(check(options.sampler));
  if (prompt.empty()) return bad_input("the prompt is empty");
  GenerateResult result{.prompt_tokens = static_cast<int64_t>(prompt.size())};
  Sampler sampler(options.sampler, model_.executor().output_width());
  for (const int32_t token : prompt) sampler.accept(token);
  Detokenizer detokenizer(model_.shared_vocab(), {.at_text_start = false});
  StopMatcher stops(options.stops);
  const auto show = [&](std::string_view text) {
    result.text += text;
    if (!text.empty() && on_text) on_text(text);
  };

  const int64_t start = now_ns();
  RETURN_IF_ERROR(push_prompt(prompt));
  result.reused_tokens = result.prompt_tokens - model_.scheduler().pending(sequence_);
  ASSIGN_OR_RETURN(const float* logits, next_logits());
  result.prompt_seconds = seconds_since(start);
  const int64_t generate_start = now_ns();
  for (;;) {
    int32_t token = 0;
    {
      const TraceScope scope(model_.tracer(), output_label_);
      token = sampler.sample(logits);
      sampler.accept(token);
    }
    result.reason = StopReason::kEnd;
    if (model_.vocab().is_end_of_generation(token) && !options.ignore_end) break;
    result.tokens.push_back(token);
    ASSIGN_OR_RETURN(const std::string_view piece, detokenizer.push(token));
    show(stops.push(piece));
    result.reason = StopReason::kStopString;
    if (stops.stopped()) break;
    result.reason = StopReason::kMaxTokens;
    if (options.max_tokens >= 0 && static_cast<int64_t>(result.tokens.size()) >= options.max_tokens) break;
    result.reason = StopReason::kContextFull;
    if (static_cast<int64_t>(model_.scheduler().tokens(sequence_).size()) >= model_.context_length()) break;
    result.reason = StopReason::kCancelled;
    if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) break;
    RETURN_IF_ERROR(model_.scheduler().push(sequence_, std::span(&token, 1)));
    ASSIGN_OR_RETURN(logits, next_logits());
  }
  result.generate_seconds = seconds_since(generate_start);
  if (!stops.stopped()) {
    show(stops.push(detokenizer.finish()));
    show(stops.finish());
  }
  RETURN_IF_ERROR(model_.check_intact());
  return result;
}

}  // namespace nagare
