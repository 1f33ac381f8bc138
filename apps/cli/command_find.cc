// `nagare find MODEL`: measures every solver on every problem of the model, and remembers.
#include <fmt/format.h>

#include <memory>
#include <unordered_map>

#include "choice_view.h"
#include "commands.h"
#include "engine/find_model.h"
#include "interrupt.h"
#include "open_model.h"
#include "progress_bar.h"
#include "standard_output.h"
#include "table.h"

namespace nagare::cli {
namespace {

struct FindArguments {
  ModelArguments model;
  std::vector<int64_t> tokens;
  bool again = false;
  double seconds = 0;
  bool json = false;
};

std::vector<int64_t> rows_of(const FindArguments& arguments, int64_t most) {
  if (!arguments.tokens.empty()) return arguments.tokens;
  std::vector<int64_t> rows;
  for (int64_t count = 1; count <= most; count *= 2) rows.push_back(count);
  return rows;
}

// One row per problem with a choice: who won, and how much faster than the next.
Result<Table> winners(TextModel& model, std::span<const FindProblem> problems) {
  Table table({{.title = "solver"},
               {.title = "time", .align = Align::kRight},
               {.title = "next", .align = Align::kRight},
               {.title = "problem"}});
  for (const FindProblem& problem : problems) {
    ASSIGN_OR_RETURN(const Choice choice, model.selector().choose(*problem.op, problem.line));
    if (choice.source != ChoiceSource::kMeasured) continue;
    std::optional<double> next;
    for (size_t i = 0; i + 1 < choice.measured.size(); ++i) {
      if (i == choice.index || !choice.measured[i] || !choice.candidates[i].verdict) continue;
      next = next ? std::min(*next, *choice.measured[i]) : *choice.measured[i];
    }
    table.add({choice.solver, human_seconds(choice.seconds),
               next ? fmt::format("× {:.2f}", *next / choice.seconds) : "", problem.line.print()});
  }
  return table;
}

Result<nlohmann::ordered_json> find_json(TextModel& model, std::span<const FindProblem> problems,
                                         const FindReport& report) {
  nlohmann::ordered_json json{{"device", to_json(model.device().traits())},
                              {"measured", report.measured},
                              {"known", report.known},
                              {"left_over", report.left_over},
                              {"stopped", report.stopped},
                              {"seconds", report.seconds},
                              {"refused", nlohmann::ordered_json::array()},
                              {"problems", nlohmann::ordered_json::array()}};
  for (const Measurement& refused : report.refused) {
    json["refused"].push_back({{"problem", refused.problem},
                               {"solver", refused.solver},
                               {"refusal", name(refused.refusal)},
                               {"reason", refused.reason}});
  }
  for (const FindProblem& problem : problems) {
    ASSIGN_OR_RETURN(const Choice choice, model.selector().choose(*problem.op, problem.line));
    nlohmann::ordered_json entry{{"problem", problem.line.print()}};
    entry.update(to_json(choice));
    json["problems"].push_back(std::move(entry));
  }
  return json;
}

Status show(TextModel& model, std::span<const FindProblem> problems, const FindReport& report) {
  ASSIGN_OR_RETURN(const Table table, winners(model, problems));
  std::string text = table.print();
  for (const Measurement& refused : report.refused)
    text += fmt::format("  × {} on {}: {}\n", refused.solver, refused.problem, refused.reason);
  text += fmt::format("{} problems measured in {}, {} known before or without a choice", report.measured,
                      human_seconds(report.seconds), report.known);
  if (report.left_over > 0) text += fmt::format(", {} left over", report.left_over);
  text += report.stopped ? "; stopped: what was measured is kept\n" : "\n";
  if (report.measured == 0 && report.left_over == 0) text += "Nothing to do; --again measures anew.\n";
  return write_out(text);
}

Status run(const FindArguments& arguments) {
  ASSIGN_OR_RETURN(const auto model, open_model(arguments.model, [](TextModelOptions& options) {
                     options.policy.find = FindMode::kOff;
                     options.prepare = false;
                   }));
  Executor& executor = model->executor();
  const std::vector<int64_t> rows = rows_of(arguments, executor.options().max_tokens);
  ASSIGN_OR_RETURN(const auto problems, model_problems(executor, rows));
  FindReport report;
  {
    const InterruptScope interrupt;
    ProgressBar bar(!arguments.model.quiet);
    FindModelOptions options{.mode = FindMode::kFull,
                             .again = arguments.again,
                             .budget_seconds = arguments.seconds,
                             .weight_bytes = model->memory().weight_bytes,
                             .tokens = rows,
                             .isolate = true};
    options.progress = [&](const FindProgress& progress) {
      bar.show(progress.done, progress.total, progress.problem);
      return !interrupt.flag().load();
    };
    ASSIGN_OR_RETURN(
        report, find_for_model(executor, model->device(), model->selector(), *model->perf_db(), options));
  }
  for (const std::string& warning : model->perf_db()->take_warnings()) tell(arguments.model, warning);
  if (!arguments.json) return show(*model, problems, report);
  ASSIGN_OR_RETURN(const auto json, find_json(*model, problems, report));
  return write_json(json);
}

constexpr const char* kExamples =
    R"(What it learns is kept in the cache folder ($NAGARE_CACHE, else ~/.cache/nagare) and used by every later run.
Ctrl-C stops after the problem at hand; what was measured is kept.

Examples:
  nagare find model.gguf
  nagare find model.gguf --tokens 1 --tokens 512     only single tokens and full steps of a prompt
  nagare find model.gguf --threads 1 --again)";

}  // namespace

void add_find(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<FindArguments>();
  CLI::App* command =
      app.add_subcommand("find", "measures every solver on the model's problems, and remembers the fastest");
  add_model_options(*command, arguments->model);
  command->remove_option(command->get_option("--find"));
  command
      ->add_option("--tokens", arguments->tokens,
                   "rows of a step to find for (may be repeated; default: 1, 2, 4, … to a full step)")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->allow_extra_args(false);
  command->add_option("--seconds", arguments->seconds, "begin no further problem after this time")
      ->check(CLI::Range(0.001, 1e6));
  command->add_flag("--again", arguments->again, "measure also what is known");
  command->add_flag("--json", arguments->json, "as JSON");
  command->footer(kExamples);
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli
