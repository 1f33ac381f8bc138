#include "ops/rope/rope.h"

namespace nagare {

ProblemLine print(const RopeProblem& problem) {
  ProblemLine line("rope");
  line.add("kind", problem.kind == RopeKind::kInterleaved ? "interleaved" : "halves");
  line.add("m", problem.m)
      .add("heads", problem.heads)
      .add("head_dim", problem.head_dim)
      .add("dims", problem.dims);
  return line;
}

Result<RopeProblem> parse_rope(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"kind", "m", "heads", "head_dim", "dims"}));
  RopeProblem problem;
  ASSIGN_OR_RETURN(const std::string kind, line.text("kind"));
  if (kind != "interleaved" && kind != "halves")
    return bad_input("rope problem: kind={} must be interleaved or halves", kind);
  problem.kind = kind == "interleaved" ? RopeKind::kInterleaved : RopeKind::kHalves;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.heads, line.integer("heads", 1, 1 << 16));
  ASSIGN_OR_RETURN(problem.head_dim, line.integer("head_dim", 2, 1 << 16));
  ASSIGN_OR_RETURN(problem.dims, line.integer_or("dims", 2, problem.head_dim, problem.head_dim));
  if (problem.dims % 2 != 0) return bad_input("rope problem: dims={} must be even", problem.dims);
  if (problem.m * problem.heads > (int64_t{1} << 32) / problem.head_dim)
    return bad_input("rope problem: m·heads·head_dim is more than 2^32 elements");
  return problem;
}

Work work_of(const RopeProblem& problem) {
  const int64_t turned = problem.m * problem.heads * problem.dims;
  return {.flops = 3 * turned, .bytes = 8 * turned + 4 * problem.m * problem.dims};
}

}  // namespace nagare
