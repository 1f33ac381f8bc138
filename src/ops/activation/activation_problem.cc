#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "ops/activation/activation.h"

namespace nagare {
namespace {

constexpr std::array<std::pair<ActivationKind, std::string_view>, 7> kNames{{
    {ActivationKind::kSilu, "silu"},
    {ActivationKind::kGeluTanh, "gelu_tanh"},
    {ActivationKind::kGeluErf, "gelu_erf"},
    {ActivationKind::kGeluQuick, "gelu_quick"},
    {ActivationKind::kRelu, "relu"},
    {ActivationKind::kRelu2, "relu2"},
    {ActivationKind::kIdentity, "identity"},
}};

}  // namespace

std::string_view name(ActivationKind kind) {
  return kNames[static_cast<size_t>(kind)].second;
}

std::optional<ActivationKind> activation_from_name(std::string_view name) {
  for (const auto& [kind, its_name] : kNames) {
    if (its_name == name) return kind;
  }
  return std::nullopt;
}

ProblemLine print(const ActivationProblem& problem) {
  ProblemLine line("activation");
  line.add("kind", name(problem.kind))
      .add("glu", problem.glu ? 1 : 0)
      .add("m", problem.m)
      .add("n", problem.n);
  return line;
}

Result<ActivationProblem> parse_activation(const ProblemLine& line) {
  RETURN_IF_ERROR(line.only({"kind", "glu", "m", "n"}));
  ActivationProblem problem;
  ASSIGN_OR_RETURN(const std::string text, line.text("kind"));
  const auto kind = activation_from_name(text);
  if (!kind) {
    std::vector<std::string_view> known;
    for (const auto& entry : kNames) known.push_back(entry.second);
    return bad_input("activation problem: kind={} must be one of {}", text, fmt::join(known, ", "));
  }
  problem.kind = *kind;
  ASSIGN_OR_RETURN(const int64_t glu, line.integer_or("glu", 0, 1, 0));
  problem.glu = glu == 1;
  ASSIGN_OR_RETURN(problem.m, line.integer("m", 1, 1 << 24));
  ASSIGN_OR_RETURN(problem.n, line.integer("n", 1, 1 << 24));
  if (problem.m > (int64_t{1} << 32) / problem.n)
    return bad_input("activation problem: m·n is more than 2^32 elements");
  return problem;
}

Work work_of(const ActivationProblem& problem) {
  const int64_t elements = problem.m * problem.n;
  return {.flops = (problem.glu ? 21 : 20) * elements, .bytes = (problem.glu ? 12 : 8) * elements};
}

}  // namespace nagare
