#include "graph/bind.h"

namespace nagare {

AttentionProblem attention_problem(const AttentionNode& attributes, int64_t rows, int64_t context,
                                   DType kv_dtype) {
  return {.m = rows,
          .spans = 1,
          .context = context,
          .heads = attributes.heads,
          .kv_heads = attributes.kv_heads,
          .head_dim = attributes.head_dim,
          .value_dim = attributes.value_dim,
          .kv = kv_dtype,
          .causal = attributes.causal,
          .window = attributes.window,
          .softcap = attributes.softcap > 0};
}

Result<BoundNode> bind_attention(BindContext& context, const Node& node, const AttentionNode& attributes) {
  BoundNode bound{.station = Station::kAttend};
  const int64_t rows = context.rows_of(node.output);
  AttentionProblem problem =
      attention_problem(attributes, rows, std::max(rows, context.kv_context), context.kv_dtype);
  problem.alibi = node.inputs[3].present();
  bound.problem_rows = rows;
  ASSIGN_OR_RETURN(const auto kernel,
                   choose_kernel(context, bound, attention_op(), problem, attention_solvers()));
  AttentionArguments arguments{.q = context.address(node.inputs[0]),
                               .q_stride = context.stride(node.inputs[0]),
                               .k = context.address(node.inputs[1]),
                               .k_stride = context.stride(node.inputs[1]),
                               .v = context.address(node.inputs[2]),
                               .v_stride = context.stride(node.inputs[2]),
                               .dst = context.address(node.output),
                               .dst_stride = context.stride(node.output),
                               .scale = attributes.scale,
                               .softcap = attributes.softcap};
  if (problem.alibi) {
    ASSIGN_OR_RETURN(arguments.alibi_slopes, context.weights.as_f32(context.graph, node.inputs[3].value));
  }
  context.want_workspace(attention_workspace_bytes(problem, context.device.traits().threads));
  const auto layer = static_cast<size_t>(attributes.layer);
  bound.call = make_call([kernel = *kernel, arguments, layer](const StepContext& step) mutable {
    arguments.cache = step.kv_layers[layer].cache;
    arguments.spans = step.kv_layers[layer].spans;
    arguments.workspace = step.workspace;
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
