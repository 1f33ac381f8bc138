// Runs a graph step by step: a step is a batch of tokens of any sequences, prompts and decoding mixed.
//
// Shapes are symbolic, so plans are made per signature: the number of tokens and of outputs, each rounded up
// to a power of two. A plan is made when its signature first comes up (or by prepare()), then only called: no
// allocation, look-up or string per token.
#pragma once

#include <array>
#include <limits>
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

// What one layer of a model keeps of a sequence.
struct KvLayer {
  int64_t page_bytes = 0;
  int64_t window = 0;  // positions that stay visible; 0: all
};
// In the order of their numbers.
std::vector<KvLayer> kv_layers_of(const Graph& graph, DType kv_dtype);

// What an executor takes beside the model's file and its KV cache.
struct ExecutorMemory {
  int64_t weight_bytes = 0;      // converted and repacked weights
  int64_t activation_bytes = 0;  // of the largest step with one output
};

// One step's work. All arrays are the caller's and live until run() returns.
struct StepInputs {
  std::span<const int32_t> token_ids;      // each inside the vocabulary: checked here
  std::span<const int32_t> type_ids;       // empty where the graph has no such input
  std::span<const int32_t> positions;      // same length as token_ids
  std::span<const int32_t> output_rows;    // ascending rows of this batch
  std::span<const KvLayerStep> kv_layers;  // of each layer; its spans cover all rows, in order
};

class Executor {
 public:
  // `graph` is optimised here. The constants it points to, the device, the selector and the tracer must
  // outlive the executor. `release` may be empty.
  static Result<std::unique_ptr<Executor>> create(Graph graph, const Device& device, Selector& selector,
                                                  Tracer& tracer, const ExecutorOptions& options,
                                                  WeightStore::ReleasePages release);

  // What the plans will take, found without making any of it.
  Result<ExecutorMemory> memory_needed();

  // Makes the plan for so many rows now instead of at the first such step.
  Status prepare(int64_t tokens, int64_t outputs);

  // Runs one step; afterwards output() holds [outputs, output_width()] until the next step.
  Status run(const StepInputs& inputs);
  const float* output() const { return last_output_; }
  int64_t output_width() const { return graph_.value(graph_.output()).width; }

  // The nodes of the plan for so many rows, with no weights laid out: to be looked at, never run. For explain
  // and find.
  Result<std::vector<BoundNode>> sketch(int64_t tokens, int64_t outputs);

  // Whether the tokens of a sequence see those behind them (encoders): then a sequence is one step, whole.
  bool sees_both_ways() const { return sees_both_ways_; }

  const Graph& graph() const { return graph_; }
  const ExecutorOptions& options() const { return options_; }
  const std::vector<KvLayer>& kv_layers() const { return kv_layers_; }
  int64_t weight_bytes() const { return weights_.bytes(); }
  int64_t arena_bytes() const { return arena_.bytes(); }

 private:
  static constexpr size_t kMaxBuckets = 24;

  Executor(Graph graph, const Device& device, Selector& selector, Tracer& tracer,
           const ExecutorOptions& options, WeightStore::ReleasePages release);
  Status initialise();
  Status check(const StepInputs& inputs) const;
  Result<const Plan*> plan_for(int64_t tokens, int64_t outputs);
  Result<std::vector<BoundNode>> bind_all(const RowLimits& limits, WeightStore& weights);
  Result<std::unique_ptr<Plan>> make_plan(int64_t tokens, int64_t outputs);
  BindContext bind_context(const MemoryPlan& memory, const RowLimits& limits, WeightStore& weights);

  Graph graph_;
  const Device& device_;
  Selector& selector_;
  Tracer& tracer_;
  ExecutorOptions options_;
  WeightStore weights_;
  Buffer arena_;
  Buffer workspace_;
  std::vector<KvLayer> kv_layers_;
  bool sees_both_ways_ = false;
  int64_t vocabulary_size_ = 0;
  // Rows of the tables of token types and of learned positions; positions that are computed have no limit.
  int64_t type_count_ = 1;
  int64_t position_count_ = std::numeric_limits<int64_t>::max();
  std::array<std::array<std::unique_ptr<Plan>, kMaxBuckets>, kMaxBuckets> plans_;
  const float* last_output_ = nullptr;
};

}  // namespace nagare
