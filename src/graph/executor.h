// Runs a graph step by step: a step is a batch of tokens of any sequences, prompts and decoding mixed.
//
// Shapes are symbolic, so plans are made per signature: the number of tokens and of outputs, each rounded up
// to a power of two. A plan is made when its signature first comes up (or by prepare()), then only called: no
// allocation, look-up or string per token.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "graph/plan.h"

namespace nagare {

struct ExecutorOptions {
  int64_t max_tokens = 512;  // rows of a step
  int64_t max_outputs = 64;
  DType kv_dtype = DType::kF16;
  int64_t kv_context = 512;  // positions per sequence to choose attention solvers for
};

// One step's work. All arrays are the caller's and live until run() returns.
struct StepInputs {
  std::span<const int32_t> token_ids;     // each inside the vocabulary: checked here
  std::span<const int32_t> type_ids;      // empty where the graph has no such input
  std::span<const int32_t> positions;     // same length as token_ids
  std::span<const int32_t> output_rows;   // ascending rows of this batch
  std::span<const AttentionSpan> spans;   // cover all rows, in order
  std::byte* const* kv_layers = nullptr;  // page storage of each layer
};

class Executor {
 public:
  // `graph` is optimised here. The constants it points to, the device, the selector and the tracer must
  // outlive the executor. `release` may be empty.
  static Result<std::unique_ptr<Executor>> create(Graph graph, const Device& device, Selector& selector,
                                                  Tracer& tracer, const ExecutorOptions& options,
                                                  WeightStore::ReleasePages release);

  // Makes the plan for so many rows now instead of at the first such step.
  Status prepare(int64_t tokens, int64_t outputs);

  // Runs one step; afterwards output() holds [outputs, output_width()] until the next step.
  Status run(const StepInputs& inputs);
  const float* output() const { return last_output_; }
  int64_t output_width() const { return graph_.value(graph_.output()).width; }

  // The plan for so many rows (made if need be): for explain and find.
  Result<const Plan*> plan_for(int64_t tokens, int64_t outputs);

  const Graph& graph() const { return graph_; }
  const ExecutorOptions& options() const { return options_; }
  // Bytes of one page of each layer's keys and values.
  const std::vector<int64_t>& kv_page_bytes() const { return kv_page_bytes_; }
  int64_t weight_bytes() const { return weights_.bytes(); }
  int64_t arena_bytes() const { return arena_.bytes(); }

 private:
  static constexpr size_t kMaxBuckets = 24;

  Executor(Graph graph, const Device& device, Selector& selector, Tracer& tracer,
           const ExecutorOptions& options, WeightStore::ReleasePages release);
  Status initialise();
  Status check(const StepInputs& inputs) const;
  Result<std::unique_ptr<Plan>> make_plan(int64_t tokens, int64_t outputs);

  Graph graph_;
  const Device& device_;
  Selector& selector_;
  Tracer& tracer_;
  ExecutorOptions options_;
  WeightStore weights_;
  Buffer arena_;
  Buffer workspace_;
  std::vector<int64_t> kv_page_bytes_;
  int64_t vocabulary_size_ = 0;
  std::array<std::array<std::unique_ptr<Plan>, kMaxBuckets>, kMaxBuckets> plans_;
  const float* last_output_ = nullptr;
};

}  // namespace nagare
