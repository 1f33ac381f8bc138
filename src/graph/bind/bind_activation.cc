#include "graph/bind.h"

namespace nagare {

Result<BoundNode> bind_activation(BindContext& context, const Node& node, const ActivationNode& attributes) {
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kActivate, .rows = symbol};
  const Operand& gate = node.inputs[0];
  const Operand& up = node.inputs[1];
  const ActivationProblem problem{.kind = attributes.kind,
                                  .glu = up.present(),
                                  .m = context.rows_of(node.output),
                                  .n = context.graph.width_of(gate)};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel,
                   choose_kernel(context, bound, activation_op(), problem, activation_solvers()));
  ActivationArguments arguments{.gate = context.address(gate),
                                .gate_stride = context.stride(gate),
                                .dst = context.address(node.output),
                                .dst_stride = context.stride(node.output)};
  if (up.present()) {
    arguments.up = context.address(up);
    arguments.up_stride = context.stride(up);
  }
  bound.call = make_call([kernel = *kernel, arguments, symbol](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(symbol)];
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
