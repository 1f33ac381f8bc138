#include "ops/norm/norm.h"

namespace nagare {

ProblemLine print(const NormProblem& problem) {
  ProblemLine line("norm");
  line.add("kind", problem.kind == NormKind::kRms ? "rms" : "layer");
  line.add("m", problem.m)
      .add("groups", problem.groups)
      .add("n", problem.n)
      .add("bias", problem.bias ? 1 : 0);
  return line;
}

Result<NormProblem> parse_norm(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"kind", "m", "groups", "n", "bias"}));
  NormProblem problem;
  ASSIGN_OR_RETURN(const std::string kind, line.text("kind"));
  if (kind != "rms" && kind != "layer") return bad_input("norm problem: kind={} must be rms or layer", kind);
  problem.kind = kind == "rms" ? NormKind::kRms : NormKind::kLayer;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.groups, line.integer_or("groups", 1, 1 << 16, 1));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, 1 << 24));
  ASSIGN_OR_RETURN(const int64_t bias, line.integer_or("bias", 0, 1, 0));
  problem.bias = bias == 1;
  if (problem.m * problem.groups > (int64_t{1} << 34) / problem.n) {
    return bad_input("norm problem: m·groups·n is more than 2^34 elements");
  }
  return problem;
}

Work work_of(const NormProblem& problem) {
  const int64_t elements = problem.m * problem.groups * problem.n;
  return {.flops = 4 * elements, .bytes = 8 * elements + 4 * problem.n * (problem.bias ? 2 : 1)};
}

}  // namespace nagare
