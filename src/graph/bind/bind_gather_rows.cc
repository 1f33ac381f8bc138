#include "graph/bind.h"
#include "ops/embed/gather.h"

namespace nagare {

Result<BoundNode> bind_gather_rows(BindContext& context, const Node& node, const GatherRowsNode&) {
  BoundNode bound{.station = Station::kCopy, .rows = Symbol::kOutputs};
  const Operand& x = node.inputs[0];
  const GatherProblem problem{.m = context.rows_of(node.output), .n = context.graph.width_of(x)};
  bound.problem_rows = problem.m;
  ASSIGN_OR_RETURN(const auto kernel, choose_kernel(context, bound, gather_op(), problem, gather_solvers()));
  GatherArguments arguments{.src = context.address(x),
                            .src_stride = context.stride(x),
                            .dst = context.address(node.output),
                            .dst_stride = context.stride(node.output)};
  bound.call = make_call([kernel = *kernel, arguments](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(Symbol::kOutputs)];
    arguments.indices = step.output_rows;
    kernel.run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
