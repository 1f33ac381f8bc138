#include "ops/embed/embed.h"

namespace nagare {

ProblemLine print(const EmbedProblem& problem) {
  ProblemLine line("embed");
  line.add("m", problem.m)
      .add("n", problem.n)
      .add("rows", problem.rows)
      .add("b", name(problem.table))
      .add("accumulate", problem.accumulate ? 1 : 0);
  return line;
}

Result<EmbedProblem> parse_embed(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "n", "rows", "b", "accumulate"}));
  EmbedProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, 1 << 20));
  ASSIGN_OR_RETURN(problem.rows, line.integer("rows", 1, int64_t{1} << 31));
  ASSIGN_OR_RETURN(const std::string type, line.text("b"));
  const auto dtype = dtype_from_name(type);
  if (!dtype) return bad_input("embed problem: b={} is not an element type", type);
  problem.table = *dtype;
  ASSIGN_OR_RETURN(const int64_t accumulate, line.integer_or("accumulate", 0, 1, 0));
  problem.accumulate = accumulate == 1;
  const int block = traits(problem.table).block_elements;
  if (problem.n % block != 0)
    return bad_input("embed problem: n={} must be a multiple of {}'s block of {}", problem.n, type, block);
  if (problem.m > (int64_t{1} << 32) / problem.n || problem.rows > (int64_t{1} << 36) / problem.n)
    return bad_input("embed problem: more than 2^32 elements out or 2^36 in the table");
  return problem;
}

Work work_of(const EmbedProblem& problem) {
  const int64_t elements = problem.m * problem.n;
  return {.flops = 2 * elements,
          .bytes = problem.m * row_bytes(problem.table, problem.n) + (problem.accumulate ? 8 : 4) * elements};
}

}  // namespace nagare
