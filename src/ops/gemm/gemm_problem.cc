#include "ops/gemm/gemm.h"

namespace nagare {
namespace {

constexpr int64_t kMaxRows = 1 << 20;
constexpr int64_t kMaxSide = 1 << 24;
constexpr int64_t kMaxElements = int64_t{1} << 36;

// The element types that a weight may have.
bool is_weight_type(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || is_quantised(dtype);
}

std::string_view epilogue_of(const GemmProblem& problem) {
  if (problem.bias) return problem.residual ? "bias+residual" : "bias";
  return problem.residual ? "residual" : "none";
}

}  // namespace

ProblemLine print(const GemmProblem& problem) {
  ProblemLine line("gemm");
  line.add("m", problem.m).add("n", problem.n).add("k", problem.k);
  line.add("a", "f32").add("b", name(problem.b)).add("c", "f32").add("epilogue", epilogue_of(problem));
  return line;
}

Result<GemmProblem> parse_gemm(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"m", "n", "k", "a", "b", "c", "epilogue"}));
  GemmProblem problem;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, kMaxRows));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, kMaxSide));
  ASSIGN_OR_RETURN(problem.k, line.integer("k", 1, kMaxSide));
  for (const char* side : {"a", "c"}) {
    if (const std::string type = line.text_or(side, "f32"); type != "f32")
      return bad_input("gemm problem: {}={} must be f32", side, type);
  }
  ASSIGN_OR_RETURN(const std::string weight_type, line.text("b"));
  const auto dtype = dtype_from_name(weight_type);
  if (!dtype)
    return bad_input("gemm problem: b={} is no element type; write e.g. b=f16 or b=q4_K", weight_type);
  problem.b = *dtype;
  const std::string epilogue = line.text_or("epilogue", "none");
  problem.bias = epilogue == "bias" || epilogue == "bias+residual";
  problem.residual = epilogue == "residual" || epilogue == "bias+residual";
  if (epilogue != epilogue_of(problem)) {
    return bad_input("gemm problem: epilogue={} must be none, bias, residual or bias+residual", epilogue);
  }
  RETURN_IF_ERROR(check(problem));
  return problem;
}

Status check(const GemmProblem& problem) {
  if (!is_weight_type(problem.b)) {
    return unsupported(
        "gemm problem: b={} cannot be multiplied; weights are f32, f16, bf16 or block-quantised",
        name(problem.b));
  }
  const auto in_bounds = [](int64_t value, int64_t highest) { return value >= 1 && value <= highest; };
  if (!in_bounds(problem.m, kMaxRows) || !in_bounds(problem.n, kMaxSide) || !in_bounds(problem.k, kMaxSide) ||
      problem.n > kMaxElements / problem.k || problem.m > kMaxElements / problem.k ||
      problem.m > kMaxElements / problem.n) {
    return bad_input("gemm problem: m={} n={} k={}: a matrix has no or more than 2^36 elements", problem.m,
                     problem.n, problem.k);
  }
  if (const int block = traits(problem.b).block_elements; problem.k % block != 0) {
    return bad_input("gemm problem: k={} must be a multiple of {}, the block of {}", problem.k, block,
                     name(problem.b));
  }
  return {};
}

Work work_of(const GemmProblem& problem) {
  const int64_t outputs = problem.m * problem.n;
  return {.flops = 2 * outputs * problem.k,
          .bytes = row_bytes(problem.b, problem.k) * problem.n + 4 * problem.m * problem.k +
                   4 * outputs * (problem.residual ? 2 : 1) + (problem.bias ? 4 * problem.n : 0)};
}

}  // namespace nagare
