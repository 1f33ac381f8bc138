#include "graph/bind.h"

namespace nagare {

Result<std::unique_ptr<GemmKernel>> choose_gemm(BindContext& context, BoundNode& bound,
                                                const GemmProblem& problem, ValueId weights) {
  ASSIGN_OR_RETURN(std::unique_ptr<GemmKernel> first,
                   choose_kernel(context, bound, gemm_op(), problem, gemm_solvers()));
  Choice& choice = bound.choice;
  if (choice.source == ChoiceSource::kForced) return first;
  if (!context.weights.is_second_form(weights, first->weight_layout())) return first;
  std::unique_ptr<GemmKernel> best;
  double best_seconds = 0;
  for (size_t i = 0; i < choice.candidates.size(); ++i) {
    const Candidate& candidate = choice.candidates[i];
    if (!candidate.verdict || gemm_solvers()[i] == gemm_solvers().back()) continue;
    const double seconds = choice.measured[i].value_or(candidate.estimate_seconds);
    if (best != nullptr && seconds >= best_seconds) continue;
    ASSIGN_OR_RETURN(auto kernel, gemm_solvers()[i]->prepare(problem, context.device.traits()));
    if (context.weights.is_second_form(weights, kernel->weight_layout())) continue;
    best = std::move(kernel);
    best_seconds = seconds;
    choice.index = i;
    choice.solver = candidate.id;
    choice.source = choice.measured[i] ? ChoiceSource::kMeasured : ChoiceSource::kEstimated;
    choice.seconds = seconds;
  }
  return best != nullptr ? std::move(best) : std::move(first);
}

Result<BoundNode> bind_linear(BindContext& context, const Node& node, const LinearNode&) {
  const Symbol symbol = context.graph.value(node.output).rows;
  BoundNode bound{.station = Station::kMultiply, .rows = symbol};
  const Operand& x = node.inputs[0];
  const Value& weights = context.graph.value(node.inputs[1].value);
  const Operand& bias = node.inputs[2];
  const Operand& residual = node.inputs[3];
  const GemmProblem problem{.m = context.rows_of(node.output),
                            .n = weights.constant_rows,
                            .k = weights.width,
                            .b = weights.parts[0].dtype,
                            .bias = bias.present(),
                            .residual = residual.present()};
  bound.problem_rows = problem.m;
  RETURN_IF_ERROR(check(problem));
  ASSIGN_OR_RETURN(std::shared_ptr<const GemmKernel> kernel,
                   choose_gemm(context, bound, problem, node.inputs[1].value));
  GemmArguments arguments{.a = context.address(x),
                          .a_stride = context.stride(x),
                          .c = context.address(node.output),
                          .c_stride = context.stride(node.output)};
  ASSIGN_OR_RETURN(arguments.b, context.weights.packed(context.graph, node.inputs[1].value, *kernel,
                                                       context.device.stream()));
  if (bias.present()) {
    ASSIGN_OR_RETURN(arguments.bias, context.weights.as_f32(context.graph, bias.value));
  }
  if (residual.present()) {
    arguments.residual = context.address(residual);
    arguments.residual_stride = context.stride(residual);
  }
  context.want_workspace(kernel->workspace_bytes(problem.m, context.device.traits().threads));
  bound.call = make_call([kernel, arguments, symbol](const StepContext& step) mutable {
    arguments.rows = step.rows[static_cast<size_t>(symbol)];
    arguments.workspace = step.workspace;
    kernel->run(*step.stream, arguments);
  });
  return bound;
}

}  // namespace nagare
