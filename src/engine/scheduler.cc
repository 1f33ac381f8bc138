#include "engine/scheduler.h"

#include <algorithm>

namespace nagare {

Scheduler::Scheduler(Executor& executor, KvCache cache, int64_t context_length, int32_t sequences)
    : executor_(executor),
      cache_(std::move(cache)),
      context_length_(context_length),
      sequences_(static_cast<size_t>(sequences)) {
  const auto rows = static_cast<size_t>(executor.options().max_tokens);
  token_ids_.reserve(rows);
  type_ids_.assign(rows, 0);
  positions_.reserve(rows);
  output_rows_.reserve(rows);
  spans_.resize(std::max<size_t>(1, cache_.group_count()));
  for (auto& spans : spans_) spans.reserve(sequences_.size());
  kv_layers_.resize(cache_.layer_count());
  span_sequences_.reserve(sequences_.size());
  outputs_.reserve(rows);
  for (Sequence& sequence : sequences_) {
    sequence.tokens.reserve(static_cast<size_t>(context_length));
    sequence.kv = cache_.make_sequence();
  }
}

Result<SequenceId> Scheduler::open() {
  for (size_t i = 0; i < sequences_.size(); ++i) {
    if (sequences_[i].open) continue;
    sequences_[i].open = true;
    return static_cast<SequenceId>(i);
  }
  return failure("scheduler: all {} sequences are in use", sequences_.size());
}

void Scheduler::close(SequenceId id) {
  Sequence& sequence = sequences_[static_cast<size_t>(id)];
  cache_.release(sequence.kv);
  sequence.tokens.clear();
  sequence.open = false;
}

Status Scheduler::push(SequenceId id, std::span<const int32_t> tokens, Wanted wanted) {
  Sequence& sequence = sequences_[static_cast<size_t>(id)];
  const auto total = static_cast<int64_t>(sequence.tokens.size() + tokens.size());
  if (total > context_length_) {
    return bad_input("{} tokens do not fit a context of {}; shorten the text or raise --ctx", total,
                     context_length_);
  }
  const bool whole = executor_.sees_both_ways();
  if (whole && !sequence.kv.tokens.empty()) {
    return bad_input("an encoder takes a text as a whole: nothing can follow the {} tokens it has computed",
                     sequence.kv.tokens.size());
  }
  sequence.tokens.insert(sequence.tokens.end(), tokens.begin(), tokens.end());
  sequence.wanted = wanted;
  if (sequence.kv.tokens.empty() && wanted == Wanted::kLast && !whole) {
    cache_.reuse_prefix(sequence.kv, sequence.tokens);
  }
  return {};
}

void Scheduler::truncate(SequenceId id, int64_t length) {
  Sequence& sequence = sequences_[static_cast<size_t>(id)];
  if (length < static_cast<int64_t>(sequence.kv.tokens.size())) cache_.truncate(sequence.kv, length);
  sequence.tokens.resize(std::min(sequence.tokens.size(), static_cast<size_t>(length)));
}

bool Scheduler::idle() const {
  return std::none_of(sequences_.begin(), sequences_.end(),
                      [](const Sequence& s) { return s.pending() > 0; });
}

std::span<const int32_t> Scheduler::tokens(SequenceId id) const {
  return sequences_[static_cast<size_t>(id)].tokens;
}

// Puts the next `count` tokens of a sequence into the batch.
Status Scheduler::take(SequenceId id, int64_t count) {
  Sequence& sequence = sequences_[static_cast<size_t>(id)];
  const auto first = static_cast<int64_t>(sequence.kv.tokens.size());
  span_sequences_.push_back(id);
  RETURN_IF_ERROR(cache_.reserve(sequence.kv, count));
  for (size_t group = 0; group < spans_.size(); ++group) {
    spans_[group].push_back(
        {.first_row = static_cast<int32_t>(token_ids_.size()),
         .rows = static_cast<int32_t>(count),
         .first_position = static_cast<int32_t>(first),
         .pages = group < sequence.kv.groups.size() ? sequence.kv.groups[group].numbers.data() : nullptr});
  }
  for (int64_t i = 0; i < count; ++i) {
    const bool last = i == count - 1 && count == sequence.pending();
    if (sequence.wanted == Wanted::kAll || last)
      output_rows_.push_back(static_cast<int32_t>(token_ids_.size()));
    token_ids_.push_back(sequence.tokens[static_cast<size_t>(first + i)]);
    positions_.push_back(static_cast<int32_t>(first + i));
  }
  return {};
}

void Scheduler::drop_batch() {
  token_ids_.clear();
  positions_.clear();
  output_rows_.clear();
  for (auto& spans : spans_) spans.clear();
  span_sequences_.clear();
  outputs_.clear();
}

Result<std::span<const StepOutput>> Scheduler::step() {
  drop_batch();
  Result<std::span<const StepOutput>> outputs = fill_and_run();
  if (outputs) return outputs;
  // What was reserved for a step that failed is given back: the tokens wait as before.
  for (const SequenceId id : span_sequences_) {
    KvSequence& kv = sequences_[static_cast<size_t>(id)].kv;
    cache_.truncate(kv, static_cast<int64_t>(kv.tokens.size()));
  }
  return outputs;
}

Result<std::span<const StepOutput>> Scheduler::fill_and_run() {
  const int64_t most_rows = executor_.options().max_tokens;
  const int64_t most_outputs = executor_.options().max_outputs;
  const auto count = static_cast<SequenceId>(sequences_.size());
  for (SequenceId id = 0; id < count; ++id) {
    if (sequences_[static_cast<size_t>(id)].pending() != 1) continue;
    if (static_cast<int64_t>(token_ids_.size()) == std::min(most_rows, most_outputs)) break;
    RETURN_IF_ERROR(take(id, 1));
  }
  for (SequenceId turn = 0; turn < count; ++turn) {
    const SequenceId id = (next_prompt_ + turn) % count;
    const Sequence& sequence = sequences_[static_cast<size_t>(id)];
    int64_t room = most_rows - static_cast<int64_t>(token_ids_.size());
    const int64_t output_room = most_outputs - static_cast<int64_t>(output_rows_.size());
    if (sequence.wanted == Wanted::kAll) room = std::min(room, output_room);
    if (sequence.pending() <= 1 || room == 0 || output_room == 0) continue;
    if (executor_.sees_both_ways() && sequence.pending() > room) {
      if (!token_ids_.empty()) continue;  // it gets a step of its own
      return bad_input("an encoder takes a text as a whole: {} tokens are more than the {} of a step",
                       sequence.pending(), room);
    }
    RETURN_IF_ERROR(take(id, std::min(sequence.pending(), room)));
    if (sequence.pending() > room) next_prompt_ = id;
  }
  if (token_ids_.empty()) return std::span<const StepOutput>();
  return run_batch();
}

Result<std::span<const StepOutput>> Scheduler::run_batch() {
  for (size_t layer = 0; layer < kv_layers_.size(); ++layer) {
    kv_layers_[layer] = {.cache = cache_.layer_data(layer), .spans = spans_[cache_.layer_group(layer)]};
  }
  RETURN_IF_ERROR(executor_.run({.token_ids = token_ids_,
                                 .type_ids = std::span(type_ids_).first(token_ids_.size()),
                                 .positions = positions_,
                                 .output_rows = output_rows_,
                                 .kv_layers = kv_layers_}));
  const float* logits = executor_.output();
  size_t output = 0;
  for (size_t i = 0; i < spans_[0].size(); ++i) {
    const AttentionSpan& span = spans_[0][i];
    Sequence& sequence = sequences_[static_cast<size_t>(span_sequences_[i])];
    cache_.commit(
        sequence.kv,
        std::span(token_ids_).subspan(static_cast<size_t>(span.first_row), static_cast<size_t>(span.rows)));
    for (; output < output_rows_.size() && output_rows_[output] < span.first_row + span.rows; ++output) {
      outputs_.push_back({.sequence = span_sequences_[i],
                          .position = span.first_position + (output_rows_[output] - span.first_row),
                          .logits = logits + static_cast<int64_t>(output) * executor_.output_width()});
    }
  }
  return std::span<const StepOutput>(outputs_);
}

}  // namespace nagare
