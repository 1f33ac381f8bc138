#include "graph/bind.h"

namespace nagare {

Result<BoundNode> bind_norm(BindContext& context, const Node& node, const NormNode& attributes) {
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kNormalise, .rows = symbol};
  const Operand& x = node.inputs[0];
  const Operand& weight = node.inputs[1];
  const Operand& bias = node.inputs[2];
  const NormProblem problem{.kind = attributes.kind,
                            .m = context.rows_of(node.output),
                            .groups = attributes.groups,
                            .n = context.graph.width_of(x) / attributes.groups,
                            .bias = bias.present()};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel, choose_kernel(context, bound, norm_op(), problem, norm_solvers()));
  NormArguments arguments{.src = context.address(x),
                          .dst = context.address(node.output),
                          .src_stride = context.stride(x),
                          .dst_stride = context.stride(node.output),
                          .epsilon = attributes.epsilon};
  if (weight.present()) {
    ASSIGN_OR_RETURN(arguments.weight, context.weights.as_f32(context.graph, weight.value));
  }
  if (bias.present()) {
    ASSIGN_OR_RETURN(arguments.bias, context.weights.as_f32(context.graph, bias.value));
  }
  bound.call = make_call([kernel = *kernel, arguments, symbol](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(symbol)];
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
