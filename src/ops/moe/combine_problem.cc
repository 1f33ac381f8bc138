#include "ops/moe/combine.h"

namespace nagare {

ProblemLine print(const CombineProblem& problem) {
  ProblemLine line("combine");
  line.add("m", problem.m).add("used", problem.used).add("n", problem.n);
  return line;
}

Result<CombineProblem> parse_combine(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "used", "n"}));
  CombineProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.used, line.integer("used", 1, kMaxExpertsUsed));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, 1 << 24));
  if (problem.m > (int64_t{1} << 31) / problem.used / problem.n)
    return bad_input("combine problem: m·used·n is more than 2^31 elements");
  return problem;
}

Work work_of(const CombineProblem& problem) {
  const int64_t outputs = problem.m * problem.n;
  return {.flops = 2 * outputs * problem.used,
          .bytes = 4 * (outputs * (problem.used + 1) + problem.m * problem.used)};
}

}  // namespace nagare
