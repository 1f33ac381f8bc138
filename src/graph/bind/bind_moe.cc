#include "graph/bind.h"
#include "ops/moe/combine.h"
#include "ops/moe/route.h"

namespace nagare {

Result<BoundNode> bind_route(BindContext& context, const Node& node, const RouteNode& attributes) {
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kActivate, .rows = symbol};
  const RouteProblem problem{.m = context.rows_of(node.output),
                             .experts = attributes.experts,
                             .used = attributes.used,
                             .scoring = attributes.scoring,
                             .normalise = attributes.normalise};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel, choose_kernel(context, bound, route_op(), problem, route_solvers()));
  RouteArguments arguments{.scores = context.address(node.inputs[0]),
                           .scores_stride = context.stride(node.inputs[0]),
                           .dst = context.address(node.output),
                           .dst_stride = context.stride(node.output),
                           .scale = attributes.scale};
  bound.call = make_call([kernel = *kernel, arguments, symbol](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(symbol)];
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

Result<BoundNode> bind_combine(BindContext& context, const Node& node, const CombineNode& attributes) {
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kActivate, .rows = symbol};
  const Operand& x = node.inputs[0];
  const Operand& routes = node.inputs[1];
  const CombineProblem problem{.m = context.rows_of(node.output),
                               .used = attributes.used,
                               .n = context.graph.width_of(x) / attributes.used};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel,
                   choose_kernel(context, bound, combine_op(), problem, combine_solvers()));
  CombineArguments arguments{.src = context.address(x),
                             .src_stride = context.stride(x),
                             .weights = context.address(routes) + attributes.used,
                             .weights_stride = context.stride(routes),
                             .dst = context.address(node.output),
                             .dst_stride = context.stride(node.output)};
  bound.call = make_call([kernel = *kernel, arguments, symbol](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(symbol)];
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
