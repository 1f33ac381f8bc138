#include <array>

#include "ops/elementwise/elementwise.h"

namespace nagare {
namespace {

constexpr std::array<std::string_view, 4> kNames{"add", "mul", "scale", "softcap"};

bool has_b(const ElementwiseProblem& problem) {
  return problem.kind == ElementwiseKind::kAdd || problem.kind == ElementwiseKind::kMul;
}

}  // namespace

ProblemLine print(const ElementwiseProblem& problem) {
  ProblemLine line("elementwise");
  line.add("kind", kNames[static_cast<size_t>(problem.kind)])
      .add("m", problem.m)
      .add("n", problem.n)
      .add("broadcast", problem.broadcast ? 1 : 0);
  return line;
}

Result<ElementwiseProblem> parse_elementwise(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"kind", "m", "n", "broadcast"}));
  ElementwiseProblem problem;
  ASSIGN_OR_RETURN(const std::string kind, line.text("kind"));
  size_t index = 0;
  while (index < kNames.size() && kNames[index] != kind) ++index;
  if (index == kNames.size())
    return bad_input("elementwise problem: kind={} must be add, mul, scale or softcap", kind);
  problem.kind = static_cast<ElementwiseKind>(index);
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, 1 << 24));
  ASSIGN_OR_RETURN(const int64_t broadcast, line.integer_or("broadcast", 0, has_b(problem) ? 1 : 0, 0));
  problem.broadcast = broadcast == 1;
  if (problem.m > (int64_t{1} << 32) / problem.n)
    return bad_input("elementwise problem: m·n is more than 2^32 elements");
  return problem;
}

Work work_of(const ElementwiseProblem& problem) {
  const int64_t elements = problem.m * problem.n;
  const int64_t b_elements = !has_b(problem) ? 0 : problem.broadcast ? problem.n : elements;
  const int64_t flops = problem.kind == ElementwiseKind::kSoftcap ? 20 : 1;
  return {.flops = flops * elements, .bytes = 8 * elements + 4 * b_elements};
}

}  // namespace nagare
