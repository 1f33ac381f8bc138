// `nagare explain MODEL`: the way of a step through the line, op by op, without running it.
#include <fmt/format.h>

#include <memory>

#include "choice_view.h"
#include "commands.h"
#include "engine/explain.h"
#include "open_model.h"
#include "standard_output.h"
#include "table.h"
#include "terminal.h"

namespace nagare::cli {
namespace {

struct ExplainArguments {
  ModelArguments model;
  int64_t tokens = 1;
  bool json = false;
};

// The solvers beside the chosen one: those that could, with their times; those that cannot, with their
// reasons.
std::string describe_others(const Choice& choice, const Palette& palette) {
  std::string could, refused;
  for (size_t i = 0; i < choice.candidates.size(); ++i) {
    const Candidate& candidate = choice.candidates[i];
    if (i == choice.index) continue;
    if (!candidate.verdict) {
      refused += fmt::format("    {}× {}: {}{}\n", palette.faint, candidate.id, candidate.verdict.reason,
                             palette.reset);
      continue;
    }
    const bool measured = choice.measured[i].has_value();
    const double seconds = measured ? *choice.measured[i] : candidate.estimate_seconds;
    // Only a choice for the sake of memory, or by the user's wish, passes over a faster one.
    const bool wants_a_copy = seconds < choice.seconds &&
                              measured == (choice.source == ChoiceSource::kMeasured) &&
                              choice.source != ChoiceSource::kForced;
    could += fmt::format("    {}· {}: {} {}{}{}\n", palette.faint, candidate.id, human_seconds(seconds),
                         measured ? "measured" : "estimated",
                         wants_a_copy ? ", would need a second form of the weights" : "", palette.reset);
  }
  return could + refused;
}

std::string describe(const ExplainedOp& op, const Palette& palette) {
  const std::string speed = describe_speed(op.work, op.choice.seconds);
  return fmt::format("{}{}{}{}  {}\n    {}\n    {}→ {}{}: {} {}{}\n{}", palette.strong, op.name,
                     palette.reset, op.repeats > 1 ? fmt::format(" × {}", op.repeats) : "", name(op.station),
                     op.problem, palette.good, op.choice.solver, palette.reset,
                     human_seconds(op.choice.seconds),
                     op.choice.source == ChoiceSource::kReference ? "estimated, nothing else does it"
                                                                  : name(op.choice.source),
                     speed.empty() ? "" : " · " + speed, describe_others(op.choice, palette));
}

double step_seconds(const std::vector<ExplainedOp>& ops) {
  double seconds = 0;
  for (const ExplainedOp& op : ops) seconds += op.choice.seconds * static_cast<double>(op.repeats);
  return seconds;
}

std::string describe_all(TextModel& model, const std::vector<ExplainedOp>& ops, int64_t tokens) {
  const Palette palette(terminal_of(stdout).colour);
  std::string text;
  int64_t count = 0, measured = 0;
  for (const ExplainedOp& op : ops) {
    text += describe(op, palette) + "\n";
    count += op.repeats;
    if (op.choice.source == ChoiceSource::kMeasured) measured += op.repeats;
  }
  const double seconds = step_seconds(ops);
  text += fmt::format(
      "{}{} ops of {} kinds, {} of them measured; a step of {} token{} takes about {}: {} tokens/s{}\n",
      palette.strong, count, ops.size(), measured, tokens, tokens == 1 ? "" : "s", human_seconds(seconds),
      human_rate(static_cast<double>(tokens) / seconds), palette.reset);
  const std::string fallbacks = summarise_fallbacks(model.selector().fallbacks());
  if (!fallbacks.empty()) text += fmt::format("{}{}{}\n", palette.warn, fallbacks, palette.reset);
  return text;
}

nlohmann::ordered_json explain_json(TextModel& model, const std::vector<ExplainedOp>& ops, int64_t tokens) {
  nlohmann::ordered_json json{{"device", to_json(model.device().traits())},
                              {"architecture", model.description().architecture},
                              {"tokens", tokens},
                              {"seconds_per_step", step_seconds(ops)},
                              {"ops", nlohmann::ordered_json::array()},
                              {"fallbacks", nlohmann::ordered_json::array()}};
  for (const ExplainedOp& op : ops) {
    nlohmann::ordered_json entry{{"name", op.name},
                                 {"repeats", op.repeats},
                                 {"station", name(op.station)},
                                 {"problem", op.problem},
                                 {"work", to_json(op.work)}};
    entry.update(to_json(op.choice));
    json["ops"].push_back(std::move(entry));
  }
  for (const FallbackEvent& event : model.selector().fallbacks()) json["fallbacks"].push_back(to_json(event));
  return json;
}

Status run(const ExplainArguments& arguments) {
  ASSIGN_OR_RETURN(const auto model, open_model(arguments.model, [](TextModelOptions& options) {
                     options.policy.find = FindMode::kOff;
                     options.prepare = false;
                   }));
  const int64_t most = model->executor().options().max_tokens;
  if (arguments.tokens > most) {
    return bad_input("--tokens {}: a step has at most {}; longer prompts take several", arguments.tokens,
                     most);
  }
  ASSIGN_OR_RETURN(const auto ops, explain(model->executor(), arguments.tokens, 1));
  if (arguments.json) return write_json(explain_json(*model, ops, arguments.tokens));
  return write_out(describe_all(*model, ops, arguments.tokens));
}

constexpr const char* kExamples =
    R"(Marks: → the chosen solver, · one that could do it too, × one that refuses.

Examples:
  nagare explain model.gguf                      one token: a step of an answer
  nagare explain model.gguf --tokens 512         a long prompt
  nagare explain model.gguf --without avx512_vnni_n16
  nagare explain model.gguf --json | jq '.ops[] | [.name, .solver, .source]')";

}  // namespace

void add_explain(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = app.add_subcommand(
      "explain", "shows the way through the line, op by op: problem, solver, refusals, time");
  add_model_options(*command, arguments->model);
  command->remove_option(command->get_option("--find"));
  command->add_option("--tokens", arguments->tokens, "rows of the step (rounded up to a power of two)")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "as JSON");
  command->footer(kExamples);
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli
