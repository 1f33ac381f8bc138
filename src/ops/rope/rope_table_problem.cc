#include "ops/rope/rope_table.h"

namespace nagare {

ProblemLine print(const RopeTableProblem& problem) {
  ProblemLine line("rope_table");
  line.add("m", problem.m).add("dims", problem.dims);
  return line;
}

Result<RopeTableProblem> parse_rope_table(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "dims"}));
  RopeTableProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.dims, line.integer("dims", 2, 1 << 16));
  if (problem.dims % 2 != 0) return bad_input("rope_table problem: dims={} must be even", problem.dims);
  if (problem.m > (int64_t{1} << 32) / problem.dims)
    return bad_input("rope_table problem: m·dims is more than 2^32 elements");
  return problem;
}

Work work_of(const RopeTableProblem& problem) {
  const int64_t angles = problem.m * problem.dims / 2;
  return {.flops = 40 * angles, .bytes = 8 * angles + 4 * problem.dims + 4 * problem.m};
}

}  // namespace nagare
