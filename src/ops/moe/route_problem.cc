#include "ops/moe/route.h"

namespace nagare {

ProblemLine print(const RouteProblem& problem) {
  ProblemLine line("route");
  line.add("m", problem.m).add("experts", problem.experts).add("used", problem.used);
  line.add("scoring", problem.scoring == RouteScoring::kSoftmax ? "softmax" : "sigmoid");
  line.add("normalise", problem.normalise ? 1 : 0);
  return line;
}

Result<RouteProblem> parse_route(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "experts", "used", "scoring", "normalise"}));
  RouteProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.experts, line.integer("experts", 1, kMaxExperts));
  ASSIGN_OR_RETURN(problem.used, line.integer("used", 1, kMaxExpertsUsed));
  const std::string scoring = line.text_or("scoring", "softmax");
  if (scoring != "softmax" && scoring != "sigmoid")
    return bad_input("route problem: scoring={} must be softmax or sigmoid", scoring);
  problem.scoring = scoring == "softmax" ? RouteScoring::kSoftmax : RouteScoring::kSigmoid;
  ASSIGN_OR_RETURN(const int64_t normalise, line.integer_or("normalise", 0, 1, 0));
  problem.normalise = normalise == 1;
  if (problem.used > problem.experts)
    return bad_input("route problem: used={} is more than experts={}", problem.used, problem.experts);
  if (problem.m > (int64_t{1} << 31) / problem.experts)
    return bad_input("route problem: m·experts is more than 2^31 elements");
  return problem;
}

Work work_of(const RouteProblem& problem) {
  return {.flops = 10 * problem.m * problem.experts,
          .bytes = 4 * problem.m * (problem.experts + 2 * problem.used)};
}

}  // namespace nagare
