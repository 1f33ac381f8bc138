#include "graph/executor.h"

#include <algorithm>
#include <bit>

#include "graph/passes.h"

namespace nagare {
namespace {

// The signature of a number of rows: the exponent of the next power of two.
size_t bucket_of(int64_t rows) {
  return rows <= 1 ? 0 : static_cast<size_t>(std::bit_width(static_cast<uint64_t>(rows - 1)));
}

}  // namespace

std::vector<KvLayer> kv_layers_of(const Graph& graph, DType kv_dtype) {
  std::vector<KvLayer> layers;
  for (const Node& node : graph.nodes()) {
    const auto* attention = std::get_if<AttentionNode>(&node.attributes);
    if (attention == nullptr) continue;
    const auto layer = static_cast<size_t>(attention->layer);
    if (layers.size() <= layer) layers.resize(layer + 1);
    layers[layer] = {.page_bytes = kv_page_bytes(attention_problem(*attention, 1, 1, kv_dtype)),
                     .window = attention->window};
  }
  return layers;
}

Executor::Executor(Graph graph, const Device& device, Selector& selector, Tracer& tracer,
                   const ExecutorOptions& options, WeightStore::ReleasePages release)
    : graph_(std::move(graph)),
      device_(device),
      selector_(selector),
      tracer_(tracer),
      options_(options),
      weights_(std::move(release)) {}

Result<std::unique_ptr<Executor>> Executor::create(Graph graph, const Device& device, Selector& selector,
                                                   Tracer& tracer, const ExecutorOptions& options,
                                                   WeightStore::ReleasePages release) {
  RETURN_IF_ERROR(graph.status());
  if (graph.output() == kNoValue) return failure("graph: the model describes no output");
  optimise(graph);
  std::unique_ptr<Executor> executor(
      new Executor(std::move(graph), device, selector, tracer, options, std::move(release)));
  RETURN_IF_ERROR(executor->initialise());
  return executor;
}

Status Executor::initialise() {
  options_.max_tokens = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(options_.max_tokens)));
  options_.max_outputs = static_cast<int64_t>(
      std::bit_ceil(static_cast<uint64_t>(std::min(options_.max_outputs, options_.max_tokens))));
  ASSIGN_OR_RETURN(const MemoryPlan largest,
                   plan_memory(graph_, {options_.max_tokens, options_.max_outputs}));
  ASSIGN_OR_RETURN(arena_, Buffer::allocate(largest.arena_bytes));
  kv_layers_ = kv_layers_of(graph_, options_.kv_dtype);
  for (const Node& node : graph_.nodes()) {
    const auto* attention = std::get_if<AttentionNode>(&node.attributes);
    if (attention != nullptr && !attention->causal) sees_both_ways_ = true;
    if (!std::holds_alternative<EmbedNode>(node.attributes)) continue;
    const ValueKind kind = graph_.value(node.inputs[0].value).kind;
    const int64_t rows = graph_.value(node.inputs[1].value).constant_rows;
    if (kind == ValueKind::kTokenIds) vocabulary_size_ = rows;
    if (kind == ValueKind::kTypeIds) type_count_ = rows;
    if (kind == ValueKind::kPositions) position_count_ = std::min(position_count_, rows);
  }
  return {};
}

BindContext Executor::bind_context(const MemoryPlan& memory, const RowLimits& limits, WeightStore& weights) {
  return {.graph = graph_,
          .device = device_,
          .selector = selector_,
          .weights = weights,
          .memory = memory,
          .arena = arena_.data(),
          .limits = limits,
          .kv_dtype = options_.kv_dtype,
          .kv_context = options_.kv_context};
}

Result<ExecutorMemory> Executor::memory_needed() {
  WeightStore counting({}, WeightStore::Mode::kCount);
  Tracer nobody;
  ExecutorMemory needed;
  // Decoding first, as it will be: later plans take the forms of the weights that are there.
  for (const RowLimits& limits : {RowLimits{1, 1}, RowLimits{options_.max_tokens, 1}}) {
    ASSIGN_OR_RETURN(const MemoryPlan memory, plan_memory(graph_, limits));
    BindContext context = bind_context(memory, limits, counting);
    ASSIGN_OR_RETURN(const auto plan, Plan::bind(context, nobody));
    needed.activation_bytes = memory.arena_bytes + plan->workspace_bytes();
  }
  needed.weight_bytes = counting.bytes();
  return needed;
}

Result<std::vector<BoundNode>> Executor::sketch(int64_t tokens, int64_t outputs) {
  const RowLimits decoding{1, 1};
  const RowLimits limits{int64_t{1} << bucket_of(tokens), int64_t{1} << bucket_of(outputs)};
  WeightStore counting({}, WeightStore::Mode::kCount);
  // As in memory_needed(): what decoding makes of the weights is there when others choose.
  if (limits != decoding) RETURN_IF_ERROR(bind_all(decoding, counting));
  return bind_all(limits, counting);
}

Result<std::vector<BoundNode>> Executor::bind_all(const RowLimits& limits, WeightStore& weights) {
  ASSIGN_OR_RETURN(const MemoryPlan memory, plan_memory(graph_, limits));
  BindContext context = bind_context(memory, limits, weights);
  std::vector<BoundNode> nodes;
  nodes.reserve(graph_.nodes().size());
  for (const Node& node : graph_.nodes()) {
    ASSIGN_OR_RETURN(BoundNode bound, bind_node(context, node));
    nodes.push_back(std::move(bound));
  }
  return nodes;
}

Result<std::unique_ptr<Plan>> Executor::make_plan(int64_t tokens, int64_t outputs) {
  const RowLimits limits{tokens, outputs};
  ASSIGN_OR_RETURN(const MemoryPlan memory, plan_memory(graph_, limits));
  if (memory.arena_bytes > arena_.bytes()) {
    return failure("graph: the plan for {} tokens needs {} bytes, the arena has {}", tokens,
                   memory.arena_bytes, arena_.bytes());
  }
  BindContext context = bind_context(memory, limits, weights_);
  ASSIGN_OR_RETURN(auto plan, Plan::bind(context, tracer_));
  if (plan->workspace_bytes() > workspace_.bytes()) {
    ASSIGN_OR_RETURN(workspace_, Buffer::allocate(plan->workspace_bytes()));
  }
  return plan;
}

Result<const Plan*> Executor::plan_for(int64_t tokens, int64_t outputs) {
  const size_t token_bucket = bucket_of(tokens);
  const size_t output_bucket = bucket_of(outputs);
  std::unique_ptr<Plan>& plan = plans_[token_bucket][output_bucket];
  if (plan == nullptr) {
    ASSIGN_OR_RETURN(plan, make_plan(int64_t{1} << token_bucket, int64_t{1} << output_bucket));
  }
  return plan.get();
}

Status Executor::prepare(int64_t tokens, int64_t outputs) {
  ASSIGN_OR_RETURN([[maybe_unused]] const Plan* plan, plan_for(tokens, outputs));
  return {};
}

Status Executor::check(const StepInputs& inputs) const {
  const auto tokens = static_cast<int64_t>(inputs.token_ids.size());
  const auto outputs = static_cast<int64_t>(inputs.output_rows.size());
  if (tokens == 0 || tokens > options_.max_tokens) {
    return failure("step: {} tokens, a step takes 1 to {}", tokens, options_.max_tokens);
  }
  if (outputs > options_.max_outputs || outputs > tokens) {
    return failure("step: {} outputs, a step gives at most {}", outputs, options_.max_outputs);
  }
  if (inputs.positions.size() != inputs.token_ids.size()) return failure("step: not one position per token");
  if (inputs.kv_layers.size() < kv_layers_.size()) return failure("step: not one cache per layer");
  for (const int32_t id : inputs.token_ids) {
    if (id < 0 || id >= vocabulary_size_) {
      return bad_input("token id {} is outside the model's vocabulary of {} tokens", id, vocabulary_size_);
    }
  }
  for (const int32_t position : inputs.positions) {
    if (position < 0 || position >= position_count_) {
      return bad_input("position {} is past the {} that the model has learned", position, position_count_);
    }
  }
  for (const int32_t type : inputs.type_ids) {
    if (type < 0 || type >= type_count_) {
      return bad_input("token type {} is outside the model's {} types", type, type_count_);
    }
  }
  return {};
}

Status Executor::run(const StepInputs& inputs) {
  RETURN_IF_ERROR(check(inputs));
  const auto tokens = static_cast<int64_t>(inputs.token_ids.size());
  const auto outputs = static_cast<int64_t>(inputs.output_rows.size());
  const Plan* plan = plans_[bucket_of(tokens)][bucket_of(outputs)].get();
  if (plan == nullptr) {
    ASSIGN_OR_RETURN(plan, plan_for(tokens, outputs));
  }
  plan->run({.stream = &device_.stream(),
             .rows = {tokens, outputs},
             .token_ids = inputs.token_ids.data(),
             .type_ids = inputs.type_ids.data(),
             .positions = inputs.positions.data(),
             .output_rows = inputs.output_rows.data(),
             .kv_layers = inputs.kv_layers.data(),
             .workspace = workspace_.data()});
  last_output_ = plan->output();
  return {};
}

}  // namespace nagare
