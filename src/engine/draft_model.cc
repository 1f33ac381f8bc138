#include "engine/draft_model.h"

#include <algorithm>
#include <cmath>

#include "base/printable.h"

namespace nagare {
namespace {

// A guess that is less likely than this costs more than it gains.
constexpr double kLeastSure = 0.4;

Status check_same_vocabulary(const Vocab& draft, const Vocab& target) {
  if (draft.size() != target.size()) {
    return bad_input("draft model: its vocabulary has {} tokens, the model's {}; they must be the same",
                     grouped(static_cast<uint64_t>(draft.size())),
                     grouped(static_cast<uint64_t>(target.size())));
  }
  for (int32_t id = 0; id < target.size(); ++id) {
    if (draft.text(id) == target.text(id) && draft.type(id) == target.type(id)) continue;
    return bad_input(
        "draft model: token {} is '{}' there and '{}' in the model; the vocabularies must be the same", id,
        printable(draft.text(id)), printable(target.text(id)));
  }
  return {};
}

struct Guess {
  int32_t token = 0;
  double probability = 0;
};

Guess best(const float* logits, int64_t count) {
  const auto token = static_cast<int32_t>(std::max_element(logits, logits + count) - logits);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(std::exp(logits[i] - logits[token]));
  return {token, 1 / sum};
}

}  // namespace

Result<std::unique_ptr<DraftModel>> DraftModel::open(TextModel& draft, const TextModel& target) {
  RETURN_IF_ERROR(check_same_vocabulary(draft.vocab(), target.vocab()));
  ASSIGN_OR_RETURN(const SequenceId sequence, draft.scheduler().open());
  return std::unique_ptr<DraftModel>(new DraftModel(draft, sequence));
}

DraftModel::~DraftModel() {
  model_.scheduler().close(sequence_);
}

Result<const float*> DraftModel::next_logits() {
  for (;;) {
    ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, model_.scheduler().step());
    for (const StepOutput& output : outputs) {
      if (output.sequence == sequence_) return output.logits;
    }
    if (model_.scheduler().idle()) return failure("draft model: nothing to compute");
  }
}

Status DraftModel::propose(std::span<const int32_t> tokens, int32_t most, std::vector<int32_t>& proposal) {
  proposal.clear();
  Scheduler& scheduler = model_.scheduler();
  if (static_cast<int64_t>(tokens.size()) + most > model_.context_length()) return {};
  const std::span<const int32_t> known = scheduler.tokens(sequence_);
  const auto differs = std::mismatch(known.begin(), known.end(), tokens.begin(), tokens.end());
  const auto common =
      std::min<int64_t>(differs.first - known.begin(), static_cast<int64_t>(tokens.size()) - 1);
  scheduler.truncate(sequence_, common);
  RETURN_IF_ERROR(scheduler.push(sequence_, tokens.subspan(static_cast<size_t>(common))));
  for (int32_t i = 0; i < most; ++i) {
    ASSIGN_OR_RETURN(const float* logits, next_logits());
    const Guess guess = best(logits, model_.vocab().size());
    if (!(guess.probability >= kLeastSure)) break;
    proposal.push_back(guess.token);
    if (i + 1 < most) RETURN_IF_ERROR(scheduler.push(sequence_, std::span(&guess.token, 1)));
  }
  return {};
}

}  // namespace nagare
