#include "engine/perplexity.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace nagare {
namespace {

// The negative log-likelihood of `token` by the logits before it.
double loss_of(std::span<const float> logits, int32_t token) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  return std::log(sum) - static_cast<double>(logits[static_cast<size_t>(token)] - largest);
}

class Scorer {
 public:
  Scorer(TextModel& model, SequenceId sequence) : model_(model), sequence_(sequence) {}

  // Scores the second half of one chunk.
  Status score(std::span<const int32_t> chunk) {
    Scheduler& scheduler = model_.scheduler();
    const size_t half = chunk.size() / 2;
    scheduler.truncate(sequence_, 0);
    // The logits of the first half are not asked for: that saves the output matrix.
    RETURN_IF_ERROR(scheduler.push(sequence_, chunk.first(half)));
    while (scheduler.pending(sequence_) > 0) RETURN_IF_ERROR(scheduler.step());
    RETURN_IF_ERROR(scheduler.push(sequence_, chunk.subspan(half), Wanted::kAll));
    while (scheduler.pending(sequence_) > 0) {
      ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, scheduler.step());
      for (const StepOutput& output : outputs) add(output, chunk);
    }
    ++result_.chunks;
    return model_.check_intact();
  }

  Perplexity result() const {
    Perplexity result = result_;
    const auto count = static_cast<double>(result.scored_tokens);
    result.mean_loss = sum_ / count;
    result.value = std::exp(result.mean_loss);
    const double variance = sum_of_squares_ / count - result.mean_loss * result.mean_loss;
    if (result.scored_tokens > 1 && variance > 0) {
      // The error of the mean, carried through the exponential.
      result.standard_error = std::sqrt(variance / (count - 1)) * result.value;
    }
    return result;
  }

 private:
  void add(const StepOutput& output, std::span<const int32_t> chunk) {
    const auto next = static_cast<size_t>(output.position) + 1;
    if (next >= chunk.size()) return;
    const auto width = static_cast<size_t>(model_.executor().output_width());
    const double loss = loss_of({output.logits, width}, chunk[next]);
    sum_ += loss;
    sum_of_squares_ += loss * loss;
    ++result_.scored_tokens;
  }

  TextModel& model_;
  SequenceId sequence_;
  Perplexity result_;
  double sum_ = 0;
  double sum_of_squares_ = 0;
};

Result<std::vector<int32_t>> tokens_of(TextModel& model, std::string_view text, int64_t chunk_tokens) {
  if (model.description().embeds) {
    return bad_input("perplexity: {} models are encoders and predict no text",
                     model.description().architecture);
  }
  if (chunk_tokens < 4 || chunk_tokens > model.context_length()) {
    return bad_input("perplexity: chunks have 4 to {} tokens, not {}", model.context_length(), chunk_tokens);
  }
  const bool adds_bos = model.vocab().rules().add_bos;
  ASSIGN_OR_RETURN(std::vector<int32_t> tokens,
                   model.tokenizer().encode(text, {.parse_special = false, .add_bos = adds_bos}));
  if (static_cast<int64_t>(tokens.size()) < chunk_tokens) {
    return bad_input("perplexity: the text has {} tokens, a chunk {}; give a longer text or a smaller --ctx",
                     tokens.size(), chunk_tokens);
  }
  return tokens;
}

}  // namespace

Result<Perplexity> measure_perplexity(
    TextModel& model, std::string_view text, int64_t chunk_tokens, int64_t max_chunks,
    const std::function<void(const Perplexity& so_far, int64_t all_chunks)>& on_chunk) {
  ASSIGN_OR_RETURN(std::vector<int32_t> tokens, tokens_of(model, text, chunk_tokens));
  int64_t chunks = static_cast<int64_t>(tokens.size()) / chunk_tokens;
  if (max_chunks > 0) chunks = std::min(chunks, max_chunks);
  ASSIGN_OR_RETURN(const SequenceId sequence, model.scheduler().open());
  Scorer scorer(model, sequence);
  Status status;
  for (int64_t i = 0; status && i < chunks; ++i) {
    const auto chunk =
        std::span(tokens).subspan(static_cast<size_t>(i * chunk_tokens), static_cast<size_t>(chunk_tokens));
    if (model.vocab().rules().add_bos) chunk[0] = model.vocab().special().bos;
    status = scorer.score(chunk);
    if (status && on_chunk) on_chunk(scorer.result(), chunks);
  }
  model.scheduler().close(sequence);
  RETURN_IF_ERROR(status);
  return scorer.result();
}

}  // namespace nagare
