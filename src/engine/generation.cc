#include "engine/generation.h"

#include <algorithm>

#include "base/clock.h"
#include "graph/graph.h"
#include "output/draft/text_lookup.h"

namespace nagare {
namespace {

constexpr int32_t kFirstProposal = 4;
constexpr int32_t kLongestDraftPause = 15;  // tokens

double seconds_since(int64_t start_ns) {
  return static_cast<double>(now_ns() - start_ns) * 1e-9;
}

}  // namespace

Generation::Generation(TextModel& model, SequenceId sequence, const GenerateOptions& options,
                       const Show& show, const std::atomic<bool>* cancel)
    : model_(model),
      scheduler_(model.scheduler()),
      sequence_(sequence),
      options_(options),
      show_(show),
      cancel_(cancel),
      sampler_(options.sampler, model.vocab().size()),
      detokenizer_(model.shared_vocab(), {.at_text_start = false}),
      stops_(options.stops),
      proposal_limit_(std::min(kFirstProposal, std::max(options.lookup_tokens, options.draft_tokens))),
      output_label_(model.tracer().add_label(
          {.station = Station::kOutput, .name = "sample", .solver = {}, .problem = {}})),
      text_label_(model.tracer().add_label(
          {.station = Station::kOutput, .name = "detokenise", .solver = {}, .problem = {}})) {}

Status Generation::begin(GenerateResult& result) {
  const std::span<const int32_t> prompt = scheduler_.tokens(sequence_);
  prompt_tokens_ = static_cast<int64_t>(prompt.size());
  text_.reserve(static_cast<size_t>(model_.context_length()) + 1);
  text_.assign(prompt.begin(), prompt.end());
  for (const int32_t token : prompt) sampler_.accept(token);
  result.chain = sampler_.describe();
  if (options_.grammar != nullptr)
    constraint_.emplace(options_.grammar, model_.token_trie(), model_.shared_vocab());
  if (options_.draft != nullptr && options_.draft_tokens > 0) {
    ASSIGN_OR_RETURN(draft_, DraftModel::open(*options_.draft, model_));
  }
  proposal_.reserve(static_cast<size_t>(std::max(options_.lookup_tokens, options_.draft_tokens)));
  return {};
}

Status Generation::run(GenerateResult& result) {
  const int64_t start = now_ns();
  RETURN_IF_ERROR(begin(result));
  ASSIGN_OR_RETURN(const float* logits, next_logits());
  result.prompt_seconds = seconds_since(start);
  const int64_t generate_start = now_ns();
  result.reason = StopReason::kEnd;
  if (logits == nullptr) result.reason = StopReason::kCancelled;
  if (!constraint_ || !constraint_->finished()) {
    while (logits != nullptr) {
      ASSIGN_OR_RETURN(const int32_t token, draw(logits));
      ASSIGN_OR_RETURN(const std::optional<StopReason> stop, take(token, result));
      if (stop) {
        result.reason = *stop;
        break;
      }
      RETURN_IF_ERROR(go_on(token, result));
      ASSIGN_OR_RETURN(logits, next_logits());
      if (logits == nullptr) result.reason = StopReason::kCancelled;
    }
  }
  result.generate_seconds = seconds_since(generate_start);
  // What was proposed and not judged is no part of the text; nor is the newest token computed yet.
  scheduler_.truncate(sequence_,
                      static_cast<int64_t>(text_.size()) - (next_proposed_ < proposal_.size() ? 1 : 0));
  if (!stops_.stopped()) {
    show(stops_.push(detokenizer_.finish()), result);
    show(stops_.finish(), result);
  }
  return model_.check_intact();
}

// The logits behind the newest token of the text.
Result<const float*> Generation::next_logits() {
  const auto position = static_cast<int64_t>(text_.size()) - 1;
  for (;;) {
    while (next_output_ < outputs_.size()) {
      const StepOutput& output = outputs_[next_output_++];
      if (output.sequence == sequence_ && output.position == position) return output.logits;
    }
    if (cancelled()) return nullptr;
    ASSIGN_OR_RETURN(outputs_, scheduler_.step());
    next_output_ = 0;
    if (outputs_.empty() && scheduler_.idle()) return failure("session: nothing to compute");
  }
}

Result<int32_t> Generation::draw(const float* logits) {
  const TraceScope scope(model_.tracer(), output_label_);
  int32_t token = 0;
  if (!constraint_) {
    token = sampler_.sample(logits);
  } else {
    ASSIGN_OR_RETURN(const TokenMask* allowed, constraint_->allowed());
    token = sampler_.sample(logits, allowed);
    const bool ends = model_.vocab().is_end_of_generation(token);
    // Where the text would become too long to be completed, the shortest way out is taken instead.
    if (!ends && !constraint_->accept(token, tokens_left() - 1)) {
      token = constraint_->forced();
      if (token == kNoToken || !constraint_->accept(token, TokenConstraint::kAnyLength)) {
        return bad_input("grammar: the vocabulary has no token to complete the text with");
      }
    }
  }
  sampler_.accept(token);
  return token;
}

// How many tokens the answer may still get.
int64_t Generation::tokens_left() const {
  const auto said = static_cast<int64_t>(text_.size()) - prompt_tokens_;
  const int64_t room = model_.context_length() - prompt_tokens_ + 1 - said;
  return options_.max_tokens < 0 ? room : std::min(room, options_.max_tokens - said);
}

Result<std::optional<StopReason>> Generation::take(int32_t token, GenerateResult& result) {
  const bool ends = model_.vocab().is_end_of_generation(token);
  if (ends && (constraint_ || !options_.ignore_end)) return StopReason::kEnd;
  result.tokens.push_back(token);
  text_.push_back(token);
  std::string shown;
  {
    const TraceScope scope(model_.tracer(), text_label_);
    ASSIGN_OR_RETURN(const std::string_view piece, detokenizer_.push(token));
    shown = stops_.push(piece);
  }
  show(shown, result);
  if (stops_.stopped()) return StopReason::kStopString;
  if (constraint_ && constraint_->finished()) return StopReason::kEnd;
  if (options_.max_tokens >= 0 && static_cast<int64_t>(result.tokens.size()) >= options_.max_tokens) {
    return StopReason::kMaxTokens;
  }
  if (static_cast<int64_t>(text_.size()) > model_.context_length()) return StopReason::kContextFull;
  if (cancelled()) return StopReason::kCancelled;
  return std::nullopt;
}

void Generation::show(std::string_view text, GenerateResult& result) {
  result.text += text;
  if (!text.empty() && show_) show_(text);
}

Status Generation::go_on(int32_t token, GenerateResult& result) {
  if (next_proposed_ < proposal_.size()) {
    if (proposal_[next_proposed_] == token) {  // its logits are among the outputs, or will be
      ++next_proposed_;
      ++result.accepted_tokens;
      return {};
    }
    // The rest of the proposal was a wrong guess: back to the text before this token.
    scheduler_.truncate(sequence_, static_cast<int64_t>(text_.size()) - 1);
    proposal_limit_ = std::max(1, proposal_limit_ / 2);
  } else if (!proposal_.empty()) {
    proposal_limit_ = std::min(2 * proposal_limit_, std::max(options_.lookup_tokens, options_.draft_tokens));
  }
  outputs_ = {};
  RETURN_IF_ERROR(propose());
  result.proposed_tokens += static_cast<int64_t>(proposal_.size());
  RETURN_IF_ERROR(
      scheduler_.push(sequence_, std::span(&token, 1), proposal_.empty() ? Wanted::kLast : Wanted::kAll));
  return proposal_.empty() ? Status() : scheduler_.push(sequence_, proposal_, Wanted::kAll);
}

Status Generation::propose() {
  proposal_.clear();
  next_proposed_ = 0;
  // A page of the cache that is full is shared and not written again; a proposal never fills one, so going
  // back is exact and costs nothing.
  const auto used = static_cast<int64_t>(text_.size()) % kKvPageTokens;
  const int64_t room = std::min(tokens_left() - 1, kKvPageTokens - 1 - used);
  if (room <= 0) return {};
  const auto limit = [&](int32_t most) {
    return static_cast<int32_t>(std::min<int64_t>({most, room, proposal_limit_}));
  };
  if (options_.lookup_tokens > 0) look_up(text_, limit(options_.lookup_tokens), proposal_);
  if (proposal_.empty() && draft_ != nullptr) return propose_by_draft(limit(options_.draft_tokens));
  return {};
}

// A draft model that has nothing to propose has cost its time all the same: it is asked again after a pause,
// longer each time.
Status Generation::propose_by_draft(int32_t most) {
  if (draft_pause_left_ > 0) {
    --draft_pause_left_;
    return {};
  }
  RETURN_IF_ERROR(draft_->propose(text_, most, proposal_));
  draft_pause_ = proposal_.empty() ? std::min(2 * draft_pause_ + 1, kLongestDraftPause) : 0;
  draft_pause_left_ = draft_pause_;
  return {};
}

}  // namespace nagare
