#include "graph/bind.h"

namespace nagare {

Result<BoundNode> bind_elementwise(BindContext& context, const Node& node,
                                   const ElementwiseNode& attributes) {
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kActivate, .rows = symbol};
  const Operand& a = node.inputs[0];
  const Operand& b = node.inputs[1];
  const bool constant = b.present() && context.graph.value(b.value).kind == ValueKind::kConstant;
  const ElementwiseProblem problem{.kind = attributes.kind,
                                   .m = context.rows_of(node.output),
                                   .n = context.graph.width_of(a),
                                   .broadcast = constant};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel,
                   choose_kernel(context, bound, elementwise_op(), problem, elementwise_solvers()));
  ElementwiseArguments arguments{.a = context.address(a),
                                 .a_stride = context.stride(a),
                                 .dst = context.address(node.output),
                                 .dst_stride = context.stride(node.output),
                                 .scalar = attributes.factor};
  if (constant) {
    ASSIGN_OR_RETURN(arguments.b, context.weights.as_f32(context.graph, b.value));
  } else if (b.present()) {
    arguments.b = context.address(b);
    arguments.b_stride = context.stride(b);
  }
  bound.call = make_call([kernel = *kernel, arguments, symbol](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(symbol)];
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
