#include "graph/plan.h"

#include "base/clock.h"

namespace nagare {

Result<BoundNode> bind_node(BindContext& context, const Node& node) {
  struct Visitor {
    BindContext& context;
    const Node& node;
    Result<BoundNode> operator()(const EmbedNode& a) const { return bind_embed(context, node, a); }
    Result<BoundNode> operator()(const NormNode& a) const { return bind_norm(context, node, a); }
    Result<BoundNode> operator()(const LinearNode& a) const { return bind_linear(context, node, a); }
    Result<BoundNode> operator()(const RopeTableNode& a) const { return bind_rope_table(context, node, a); }
    Result<BoundNode> operator()(const RopeNode& a) const { return bind_rope(context, node, a); }
    Result<BoundNode> operator()(const AttentionNode& a) const { return bind_attention(context, node, a); }
    Result<BoundNode> operator()(const ActivationNode& a) const { return bind_activation(context, node, a); }
    Result<BoundNode> operator()(const ElementwiseNode& a) const {
      return bind_elementwise(context, node, a);
    }
    Result<BoundNode> operator()(const GatherRowsNode& a) const { return bind_gather_rows(context, node, a); }
    Result<BoundNode> operator()(const RouteNode& a) const { return bind_route(context, node, a); }
    Result<BoundNode> operator()(const ExpertLinearNode& a) const {
      return bind_expert_linear(context, node, a);
    }
    Result<BoundNode> operator()(const CombineNode& a) const { return bind_combine(context, node, a); }
  };
  ASSIGN_OR_RETURN(BoundNode bound, std::visit(Visitor{context, node}, node.attributes));
  bound.name = node.name;
  return bound;
}

Result<std::unique_ptr<Plan>> Plan::bind(BindContext& context, Tracer& tracer) {
  std::unique_ptr<Plan> plan(new Plan(tracer));
  plan->nodes_.reserve(context.graph.nodes().size());
  for (const Node& node : context.graph.nodes()) {
    ASSIGN_OR_RETURN(BoundNode bound, bind_node(context, node));
    plan->labels_.push_back(tracer.add_label({.station = bound.station,
                                              .name = bound.name,
                                              .solver = bound.choice.solver,
                                              .problem = bound.problem}));
    plan->nodes_.push_back(std::move(bound));
  }
  plan->workspace_bytes_ = context.workspace_bytes;
  plan->output_ = context.address(context.graph.output());
  return plan;
}

void Plan::run(const StepContext& context) const {
  if (tracer_.enabled()) return run_traced(context);
  for (const BoundNode& node : nodes_) {
    if (context.rows[static_cast<size_t>(node.rows)] > 0) node.call->run(context);
  }
}

void Plan::run_traced(const StepContext& context) const {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const BoundNode& node = nodes_[i];
    const int64_t rows = context.rows[static_cast<size_t>(node.rows)];
    if (rows == 0) continue;
    const int64_t start = now_ns();
    node.call->run(context);
    const int64_t duration = now_ns() - start;
    tracer_.record({.label = labels_[i],
                    .start_ns = start,
                    .duration_ns = duration,
                    .bytes = node.work.bytes,
                    .flops = node.work.flops / node.problem_rows * rows});
  }
}

}  // namespace nagare
