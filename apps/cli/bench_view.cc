#include "bench_view.h"

#include <algorithm>

#include "base/printable.h"
#include "choice_view.h"
#include "table.h"

namespace nagare::cli {
namespace {

void add_rates(nlohmann::ordered_json& json, const std::string& name, const std::vector<double>& runs) {
  json[name + "_tokens_per_second"] = median(runs);
  if (runs.empty()) return;
  json[name + "_tokens_per_second_min"] = *std::min_element(runs.begin(), runs.end());
  json[name + "_tokens_per_second_max"] = *std::max_element(runs.begin(), runs.end());
  json[name + "_tokens_per_second_runs"] = runs;
}

bool works(const SolverBench& solver) {
  return solver.measurement && solver.measurement->usable();
}

// Why the solver has no time, "" where it has one.
std::string why_not(const SolverBench& solver) {
  if (!solver.candidate.verdict) return solver.candidate.verdict.reason;
  if (!solver.left_out.empty()) return solver.left_out;
  return solver.measurement && !solver.measurement->usable() ? solver.measurement->reason : "";
}

}  // namespace

nlohmann::ordered_json to_json(const ModelBenchOptions& options, const ModelBenchResult& result) {
  nlohmann::ordered_json json{{"prompt_tokens", options.prompt_tokens},
                              {"generate_tokens", options.generate_tokens},
                              {"sequences", options.sequences},
                              {"repeat", options.repeat}};
  add_rates(json, "prompt", result.prompt_rates);
  add_rates(json, "generate", result.generate_rates);
  return json;
}

std::string describe(const ModelBenchOptions& options, const ModelBenchResult& result) {
  Table table({{.title = ""},
               {.title = "tokens", .align = Align::kRight},
               {.title = "tokens/s", .align = Align::kRight},
               {.title = "slowest", .align = Align::kRight},
               {.title = "fastest", .align = Align::kRight}});
  const auto add = [&](const char* name, int64_t tokens, const std::vector<double>& runs) {
    if (runs.empty()) return;
    const auto [least, most] = std::minmax_element(runs.begin(), runs.end());
    const std::string each = options.sequences > 1 ? fmt::format("{} × ", options.sequences) : "";
    table.add({name, each + grouped(static_cast<uint64_t>(tokens)), human_rate(median(runs)),
               human_rate(*least), human_rate(*most)});
  };
  add("prompt", options.prompt_tokens, result.prompt_rates);
  add("generate", options.generate_tokens, result.generate_rates);
  return table.print();
}

nlohmann::ordered_json to_json(const ProblemBench& bench) {
  nlohmann::ordered_json json{{"problem", bench.problem},
                              {"work", to_json(bench.work)},
                              {"limits",
                               {{"f32_flops_per_second", bench.limits.f32_flops},
                                {"int8_ops_per_second", bench.limits.int8_ops},
                                {"bf16_flops_per_second", bench.limits.bf16_flops},
                                {"read_bytes_per_second", bench.limits.read_bytes}}},
                              {"limit_seconds", bench.limit_seconds},
                              {"limit", bench.memory_is_limit ? "memory" : "arithmetic"},
                              {"chosen", bench.choice.solver},
                              {"source", name(bench.choice.source)},
                              {"best", nullptr},
                              {"chosen_by_best", nullptr},
                              {"solvers", nlohmann::ordered_json::array()}};
  if (bench.best) json["best"] = bench.solvers[*bench.best].candidate.id;
  if (bench.chosen_by_best) json["chosen_by_best"] = *bench.chosen_by_best;
  for (const SolverBench& solver : bench.solvers) {
    nlohmann::ordered_json entry = to_json(solver.candidate);
    if (works(solver)) {
      entry["seconds"] = solver.measurement->seconds;
      entry["error"] = solver.measurement->error;
      entry["of_limit"] = bench.limit_seconds / solver.measurement->seconds;
    } else if (solver.measurement) {
      entry["refusal"] = name(solver.measurement->refusal);
    }
    if (const std::string reason = why_not(solver); !reason.empty()) entry["reason"] = reason;
    json["solvers"].push_back(std::move(entry));
  }
  return json;
}

std::string describe(const ProblemBench& bench, const Palette& palette) {
  std::string text = fmt::format(
      "{}{}{}\n{} bytes, {} operations; the limit is {}: {}\n\n", palette.strong, bench.problem,
      palette.reset, grouped(static_cast<uint64_t>(bench.work.bytes)),
      grouped(static_cast<uint64_t>(bench.work.flops)),
      bench.memory_is_limit ? fmt::format("memory at {} GB/s", human_rate(bench.limits.read_bytes * 1e-9))
                            : "arithmetic",
      human_seconds(bench.limit_seconds));
  Table table({{.title = ""},
               {.title = "solver"},
               {.title = "time", .align = Align::kRight},
               {.title = "of limit", .align = Align::kRight},
               {.title = "GFLOP/s", .align = Align::kRight},
               {.title = "GB/s", .align = Align::kRight},
               {.title = "error", .align = Align::kRight}});
  std::string others;
  for (size_t i = 0; i < bench.solvers.size(); ++i) {
    const SolverBench& solver = bench.solvers[i];
    if (!works(solver)) {
      others += fmt::format("  × {}: {}\n", solver.candidate.id, why_not(solver));
      continue;
    }
    const double seconds = solver.measurement->seconds;
    table.add({i == bench.choice.index ? "→"
               : bench.best == i       ? "★"
                                       : " ",
               std::string(solver.candidate.id), human_seconds(seconds),
               fmt::format("{:.1f} %", bench.limit_seconds / seconds * 100),
               human_rate(static_cast<double>(bench.work.flops) / seconds * 1e-9),
               human_rate(static_cast<double>(bench.work.bytes) / seconds * 1e-9),
               fmt::format("{:.1e}", solver.measurement->error)});
  }
  text += table.print(0) + others;
  text += fmt::format("→ chosen: {} ({})", bench.choice.solver, name(bench.choice.source));
  if (bench.chosen_by_best && *bench.chosen_by_best > 1.0) {
    text += fmt::format(", {:.2f} times as slow as the best, {}", *bench.chosen_by_best,
                        bench.solvers[*bench.best].candidate.id);
  }
  return text + "\n";
}

}  // namespace nagare::cli
