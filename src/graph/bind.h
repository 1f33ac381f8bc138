// From a node to a call: chooses the solver, prepares its kernel and its weights, and fixes every address.
// What comes out is called once per step and looks nothing up.
//
// One file per op in bind/: each knows its op's public header and nothing of the others.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "graph/memory_plan.h"
#include "graph/weight_store.h"
#include "ops/gemm/gemm.h"
#include "runtime/device.h"
#include "solve/selector.h"
#include "trace/station.h"

namespace nagare {

// One layer's keys and values in a step: its page storage, and the sequences with their pages in it.
struct KvLayerStep {
  std::byte* cache = nullptr;
  std::span<const AttentionSpan> spans;
};

// What a step brings: actual sizes, the input arrays and the sequences. Not owned.
struct StepContext {
  const Stream* stream = nullptr;
  std::array<int64_t, kSymbolCount> rows{};
  const int32_t* token_ids = nullptr;
  const int32_t* type_ids = nullptr;
  const int32_t* positions = nullptr;
  const int32_t* output_rows = nullptr;
  const KvLayerStep* kv_layers = nullptr;  // [layers]
  std::byte* workspace = nullptr;
};

class BoundCall {
 public:
  virtual ~BoundCall() = default;
  // One step at a time: a call may keep its arguments from step to step.
  virtual void run(const StepContext& context) = 0;
};

template <class F>
std::unique_ptr<BoundCall> make_call(F function) {
  class Call final : public BoundCall {
   public:
    explicit Call(F f) : function_(std::move(f)) {}
    void run(const StepContext& context) override { function_(context); }

   private:
    F function_;
  };
  return std::make_unique<Call>(std::move(function));
}

// A call and what can be said of it.
struct BoundNode {
  std::unique_ptr<BoundCall> call;
  std::string name;
  Station station = Station::kCopy;
  Symbol rows = Symbol::kTokens;  // with none of these the call is left out
  std::string problem;            // the problem line, for the rows that the plan was made for
  Choice choice;
  int64_t problem_rows = 1;  // work counts for this many rows
  Work work;
};

// What binding needs, and what it collects. Lives as long as the plan is being made.
struct BindContext {
  const Graph& graph;
  const Device& device;
  Selector& selector;
  WeightStore& weights;
  const MemoryPlan& memory;
  std::byte* arena;
  RowLimits limits;  // rows that the plan is for
  DType kv_dtype = DType::kF16;
  int64_t kv_context = 512;     // positions per sequence that attention solvers are chosen for
  int64_t workspace_bytes = 0;  // grows to what the hungriest call wants

  int64_t rows_of(ValueId id) const { return limits[static_cast<size_t>(graph.value(id).rows)]; }
  // First element and row stride of an activation operand.
  float* address(const Operand& operand) const {
    return reinterpret_cast<float*>(arena +
                                    memory.placements[static_cast<size_t>(operand.value)].offset_bytes) +
           operand.column;
  }
  int64_t stride(const Operand& operand) const {
    return memory.placements[static_cast<size_t>(operand.value)].stride;
  }
  void want_workspace(int64_t bytes) { workspace_bytes = bytes > workspace_bytes ? bytes : workspace_bytes; }
};

Result<BoundNode> bind_embed(BindContext& context, const Node& node, const EmbedNode& attributes);
Result<BoundNode> bind_norm(BindContext& context, const Node& node, const NormNode& attributes);
Result<BoundNode> bind_linear(BindContext& context, const Node& node, const LinearNode& attributes);
Result<BoundNode> bind_rope_table(BindContext& context, const Node& node, const RopeTableNode& attributes);
Result<BoundNode> bind_rope(BindContext& context, const Node& node, const RopeNode& attributes);
Result<BoundNode> bind_attention(BindContext& context, const Node& node, const AttentionNode& attributes);
Result<BoundNode> bind_activation(BindContext& context, const Node& node, const ActivationNode& attributes);
Result<BoundNode> bind_elementwise(BindContext& context, const Node& node, const ElementwiseNode& attributes);
Result<BoundNode> bind_gather_rows(BindContext& context, const Node& node, const GatherRowsNode& attributes);
Result<BoundNode> bind_route(BindContext& context, const Node& node, const RouteNode& attributes);
Result<BoundNode> bind_expert_linear(BindContext& context, const Node& node,
                                     const ExpertLinearNode& attributes);
Result<BoundNode> bind_combine(BindContext& context, const Node& node, const CombineNode& attributes);

// The fastest solver that reads the weights in a form that other plans already use: a second form of all
// weights would double the model in memory. Whom the user named keeps what he wants.
Result<std::unique_ptr<GemmKernel>> choose_gemm(BindContext& context, BoundNode& bound,
                                                const GemmProblem& problem, ValueId weights);

Result<BoundNode> bind_node(BindContext& context, const Node& node);

// The problem of an attention node, for whoever lays out the KV cache.
AttentionProblem attention_problem(const AttentionNode& attributes, int64_t rows, int64_t context,
                                   DType kv_dtype);

// Chooses a solver for `problem` and prepares its kernel; fills the parts of `bound` that say so.
template <class Problem, class Kernel>
Result<std::unique_ptr<Kernel>> choose_kernel(BindContext& context, BoundNode& bound, const Op& op,
                                              const Problem& problem,
                                              const std::vector<const Solver<Problem, Kernel>*>& solvers) {
  const ProblemLine line = print(problem);
  bound.problem = line.print();
  ASSIGN_OR_RETURN(bound.choice, context.selector.choose(op, line));
  ASSIGN_OR_RETURN(bound.work, op.work(line));
  return solvers[bound.choice.index]->prepare(problem, context.device.traits());
}

}  // namespace nagare
