#include "ops/embed/gather.h"

namespace nagare {

ProblemLine print(const GatherProblem& problem) {
  ProblemLine line("gather");
  line.add("m", problem.m).add("n", problem.n);
  return line;
}

Result<GatherProblem> parse_gather(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "n"}));
  GatherProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, 1 << 20));
  if (problem.m > (int64_t{1} << 31) / problem.n)
    return bad_input("gather problem: m·n is more than 2^31 elements");
  return problem;
}

Work work_of(const GatherProblem& problem) {
  return {.flops = 0, .bytes = 8 * problem.m * problem.n};
}

}  // namespace nagare
