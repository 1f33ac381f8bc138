// Many sequences, one step at a time: each step takes the next tokens of all who have any, first the single
// tokens of answers in the making, then as much of the prompts as still fits, and runs them as one batch.
//
// A sequence is a run of tokens in the KV cache plus tokens that wait to be computed. Whoever wants to know
// the next token pushes the last one and reads the logits after the step. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/kv_cache.h"
#include "graph/executor.h"

namespace nagare {

using SequenceId = int32_t;

// Which of the pushed tokens' logits are wanted.
enum class Wanted : uint8_t { kLast, kAll };

// One row of logits of a step: valid until the next step.
struct StepOutput {
  SequenceId sequence = 0;
  int64_t position = 0;           // of the token after which these are the logits
  const float* logits = nullptr;  // [executor.output_width()]
};

class Scheduler {
 public:
  // `context_length` is the most tokens of one sequence; `sequences` how many there may be at once.
  Scheduler(Executor& executor, KvCache cache, int64_t context_length, int32_t sequences);

  // A new, empty sequence; an error where there are too many.
  Result<SequenceId> open();
  void close(SequenceId id);

  // Appends tokens to be computed. A prompt at the start of a sequence reuses pages that other sequences
  // filled. An error with both numbers where the context would overflow: nothing is cut. An encoder takes the
  // tokens of a sequence at once.
  Status push(SequenceId id, std::span<const int32_t> tokens, Wanted wanted = Wanted::kLast);

  // Goes back to the first `length` tokens of the sequence (computed or waiting).
  void truncate(SequenceId id, int64_t length);

  // Runs one batch. What comes out stays valid until the next step; empty where only parts of prompts were
  // computed. `idle()` says that nothing waits.
  Result<std::span<const StepOutput>> step();
  bool idle() const;

  // Tokens of the sequence, computed and waiting, in order.
  std::span<const int32_t> tokens(SequenceId id) const;
  // How many of them are still to be computed.
  int64_t pending(SequenceId id) const { return sequences_[static_cast<size_t>(id)].pending(); }
  int64_t context_length() const { return context_length_; }
  const KvCache& cache() const { return cache_; }

 private:
  struct Sequence {
    bool open = false;
    KvSequence kv;
    std::vector<int32_t> tokens;  // all; the first kv.tokens.size() are computed
    Wanted wanted = Wanted::kLast;
    int64_t pending() const { return static_cast<int64_t>(tokens.size() - kv.tokens.size()); }
  };
  Status take(SequenceId id, int64_t count);
  Result<std::span<const StepOutput>> fill_and_run();
  Result<std::span<const StepOutput>> run_batch();
  void drop_batch();

  Executor& executor_;
  KvCache cache_;
  int64_t context_length_;
  std::vector<Sequence> sequences_;
  SequenceId next_prompt_ = 0;  // whose prompt comes first, in turn
  // The batch, reserved once.
  std::vector<int32_t> token_ids_, type_ids_, positions_, output_rows_;
  std::vector<std::vector<AttentionSpan>> spans_;  // by group of the cache's layers; they differ in the pages
  std::vector<KvLayerStep> kv_layers_;
  std::vector<SequenceId> span_sequences_;
  std::vector<StepOutput> outputs_;
};

}  // namespace nagare
