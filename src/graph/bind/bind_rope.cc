#include "graph/bind.h"
#include "ops/rope/rope.h"
#include "ops/rope/rope_table.h"

namespace nagare {

Result<BoundNode> bind_rope_table(BindContext& context, const Node& node, const RopeTableNode& attributes) {
  BoundNode bound{.station = Station::kAttend};
  const RopeTableProblem problem{.m = context.rows_of(node.output), .dims = attributes.dims};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel,
                   choose_kernel(context, bound, rope_table_op(), problem, rope_table_solvers()));
  const Value& frequencies = context.graph.value(node.inputs[1].value);
  RopeTableArguments arguments{
      .inverse_frequencies = reinterpret_cast<const double*>(frequencies.parts[0].data),
      .magnitude = attributes.magnitude,
      .table = context.address(node.output)};
  bound.call = make_call([kernel = *kernel, arguments](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(Symbol::kTokens)];
    arguments.positions = step.positions;
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

Result<BoundNode> bind_rope(BindContext& context, const Node& node, const RopeNode& attributes) {
  BoundNode bound{.station = Station::kAttend};
  const RopeProblem problem{.kind = attributes.kind,
                            .m = context.rows_of(node.output),
                            .heads = attributes.heads,
                            .head_dim = attributes.head_dim,
                            .dims = attributes.dims};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel, choose_kernel(context, bound, rope_op(), problem, rope_solvers()));
  RopeArguments arguments{.data = context.address(node.output),
                          .stride = context.stride(node.output),
                          .table = context.address(node.inputs[1])};
  bound.call = make_call([kernel = *kernel, arguments](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(Symbol::kTokens)];
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
