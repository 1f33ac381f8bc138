#include "graph/bind.h"
#include "ops/embed/embed.h"

namespace nagare {
namespace {

const int32_t* ids_of(const StepContext& step, ValueKind kind) {
  if (kind == ValueKind::kPositions) return step.positions;
  return kind == ValueKind::kTypeIds ? step.type_ids : step.token_ids;
}

}  // namespace

Result<BoundNode> bind_embed(BindContext& context, const Node& node, const EmbedNode& attributes) {
  BoundNode bound{.station = Station::kEmbed, .rows = context.graph.value(node.output).rows};
  const ValueKind kind = context.graph.value(node.inputs[0].value).kind;
  const Value& table = context.graph.value(node.inputs[1].value);
  const EmbedProblem problem{.m = context.rows_of(node.output),
                             .n = table.width,
                             .rows = table.constant_rows,
                             .table = table.parts[0].dtype};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel, choose_kernel(context, bound, embed_op(), problem, embed_solvers()));
  ASSIGN_OR_RETURN(const std::byte* rows, context.weights.as_rows(context.graph, node.inputs[1].value));
  EmbedArguments arguments{.table = rows,
                           .scale = attributes.scale,
                           .dst = context.address(node.output),
                           .dst_stride = context.stride(node.output)};
  bound.call = make_call([kernel = *kernel, arguments, kind](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(Symbol::kTokens)];
    arguments.ids = ids_of(step, kind);
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
