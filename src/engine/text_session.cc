#include "engine/text_session.h"

#include <algorithm>
#include <array>

#include "engine/generation.h"

namespace nagare {
namespace {

// More than a step can give logits for would only be computed to be thrown away.
constexpr int32_t kMostProposed = 32;

}  // namespace

Status check_proposals(const GenerateOptions& options) {
  for (const auto& [name, tokens] :
       {std::pair("lookup", options.lookup_tokens), {"draft", options.draft_tokens}}) {
    if (tokens < 0 || tokens > kMostProposed) {
      return bad_input("{} tokens must be from 0 to {}, not {}", name, kMostProposed, tokens);
    }
  }
  return {};
}

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

double GenerateResult::acceptance() const {
  return proposed_tokens > 0 ? static_cast<double>(accepted_tokens) / static_cast<double>(proposed_tokens)
                             : 0;
}

TextSession::TextSession(TextModel& model, SequenceId sequence)
    : model_(model),
      sequence_(sequence),
      prepare_label_(model.tracer().add_label(
          {.station = Station::kPrepare, .name = "tokenise", .solver = {}, .problem = {}})) {}

Result<std::unique_ptr<TextSession>> TextSession::open(TextModel& model) {
  if (model.description().embeds) {
    return unsupported(
        "{} models are encoders: they give embeddings, not text; try: nagare logits --pooling mean",
        model.description().architecture);
  }
  ASSIGN_OR_RETURN(const SequenceId sequence, model.scheduler().open());
  return std::unique_ptr<TextSession>(new TextSession(model, sequence));
}

TextSession::~TextSession() {
  model_.scheduler().close(sequence_);
}

Result<std::vector<int32_t>> TextSession::text_tokens(std::string_view text) const {
  const TraceScope scope(model_.tracer(), prepare_label_);
  std::string replaced;
  return model_.tokenizer().encode(replace_invalid_utf8(text, replaced),
                                   {.parse_special = false, .add_bos = model_.vocab().rules().add_bos});
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

Result<GenerateResult> TextSession::generate(std::span<const int32_t> prompt, const GenerateOptions& options,
                                             const std::function<void(std::string_view)>& on_text,
                                             const std::atomic<bool>* cancel) {
  RETURN_IF_ERROR(check(options.sampler));
  RETURN_IF_ERROR(check_proposals(options));
  if (prompt.empty()) return bad_input("the prompt is empty");
  GenerateResult result{.prompt_tokens = static_cast<int64_t>(prompt.size())};
  RETURN_IF_ERROR(push_prompt(prompt));
  result.reused_tokens = result.prompt_tokens - model_.scheduler().pending(sequence_);
  RETURN_IF_ERROR(Generation(model_, sequence_, options, on_text, cancel).run(result));
  return result;
}

}  // namespace nagare
