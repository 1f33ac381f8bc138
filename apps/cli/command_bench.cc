// `nagare bench MODEL`: how fast a model runs. `nagare bench "PROBLEM LINE"`: how fast every solver of one
// problem is, each checked, beside what the machine could do.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/printable.h"
#include "bench_view.h"
#include "choice_view.h"
#include "commands.h"
#include "open_model.h"
#include "progress_bar.h"
#include "standard_output.h"

namespace nagare::cli {
namespace {

// How much slower than the best the chosen solver may be, for --assert.
constexpr double kMostChosenByBest = 1.05;

struct BenchArguments {
  ModelArguments model;  // its path: the model, or the problem line
  ModelBenchOptions options;
  bool assert_chosen = false;
  bool slow_reference = false;
  bool json = false;
};

bool is_problem_line(const std::string& text) {
  std::error_code ignored;
  return text.find('=') != std::string::npos && !std::filesystem::exists(text, ignored);
}

Status run_model(const BenchArguments& arguments) {
  ModelBenchOptions options = arguments.options;
  ASSIGN_OR_RETURN(const auto model, open_model(arguments.model, [&](TextModelOptions& model_options) {
                     model_options.sequences = options.sequences;
                     if (model_options.context_length == 0)
                       model_options.context_length = options.prompt_tokens + options.generate_tokens;
                   }));
  ProgressBar bar(!arguments.model.quiet);
  ASSIGN_OR_RETURN(const ModelBenchResult result, bench_model(*model, options, [&](int32_t run) {
                     bar.show(static_cast<size_t>(run), static_cast<size_t>(options.repeat), "runs");
                   }));
  bar.clear();
  if (!arguments.json) return write_out(describe(options, result));
  nlohmann::ordered_json json{{"model", arguments.model.path},
                              {"architecture", model->description().architecture},
                              {"device", to_json(model->device().traits())},
                              {"threads", model->device().traits().threads}};
  json.update(to_json(options, result));
  return write_json(json);
}

Status assert_chosen(const ProblemBench& bench) {
  for (const SolverBench& solver : bench.solvers) {
    if (!solver.measurement || solver.measurement->refusal != Refusal::kWrongNumbers) continue;
    return failure("{}: {}: {}", bench.problem, solver.candidate.id, solver.measurement->reason);
  }
  if (!bench.chosen_by_best)
    return failure("{}: {} was chosen and could not be timed", bench.problem, bench.choice.solver);
  if (*bench.chosen_by_best <= kMostChosenByBest) return {};
  return failure("{}: {} was chosen ({}), {} is {:.2f} times as fast; nagare find measures it", bench.problem,
                 bench.choice.solver, name(bench.choice.source), bench.solvers[*bench.best].candidate.id,
                 *bench.chosen_by_best);
}

Status run_problem(const BenchArguments& arguments) {
  ASSIGN_OR_RETURN(const TextModelOptions options, to_options(arguments.model));
  ASSIGN_OR_RETURN(BenchDevice device, open_bench_device(arguments.model.threads));
  for (const std::string& warning : device.perf_db.take_warnings()) tell(arguments.model, warning);
  ASSIGN_OR_RETURN(const ProblemBench bench, bench_problem(arguments.model.path, *device.device,
                                                           {.policy = options.policy,
                                                            .perf_db = &device.perf_db,
                                                            .isolate = true,
                                                            .slow_reference = arguments.slow_reference}));
  if (arguments.json) {
    nlohmann::ordered_json json{{"device", to_json(device.device->traits())}};
    json.update(to_json(bench));
    RETURN_IF_ERROR(write_json(json));
  } else {
    RETURN_IF_ERROR(write_out(describe(bench, Palette(terminal_of(stdout).colour))));
  }
  return arguments.assert_chosen ? assert_chosen(bench) : Status();
}

Status run(const BenchArguments& arguments) {
  if (is_problem_line(arguments.model.path)) return run_problem(arguments);
  if (arguments.assert_chosen) {
    return bad_input("--assert is for a problem line, and {} is none (nagare explain MODEL prints them)",
                     printable(arguments.model.path, 80));
  }
  return run_model(arguments);
}

constexpr const char* kExamples =
    R"(Of a problem: → is what a run would choose, ★ the best where that is another, × what refuses or failed.

Examples:
  nagare bench model.gguf
  nagare bench model.gguf --prompt 128 --generate 32 --sequences 8 --threads 2 --json
  nagare bench "gemm m=1 n=4096 k=4096 a=f32 b=q4_K c=f32 epilogue=none"
  nagare bench "norm kind=rms m=512 n=2048" --threads 1 --assert)";

}  // namespace

void add_bench(CLI::App& app, Chosen& chosen) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* command = app.add_subcommand(
      "bench", "measures the speed of a model, or of every solver of one problem, checked");
  add_model_options(*command, arguments->model);
  command->get_option("model")->description("a model file (GGUF), or a problem line");
  ModelBenchOptions& options = arguments->options;
  const CLI::Range token_range(int64_t{0}, int64_t{1} << 24);
  command->add_option("--prompt", options.prompt_tokens, "tokens of the prompt")
      ->check(token_range)
      ->capture_default_str();
  command->add_option("--generate", options.generate_tokens, "tokens of the answer")
      ->check(token_range)
      ->capture_default_str();
  command->add_option("--repeat", options.repeat, "counted runs")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--sequences", options.sequences, "that run at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag(
      "--assert", arguments->assert_chosen,
      "of a problem: fail where the chosen solver is over 5 % slower than the best, or one is wrong");
  command->add_flag("--slow-reference", arguments->slow_reference,
                    "of a problem: time the reference even where it takes seconds");
  command->add_flag("--json", arguments->json, "as JSON");
  command->footer(kExamples);
  command->callback([arguments, &chosen] { chosen.run = [arguments] { return run(*arguments); }; });
}

}  // namespace nagare::cli
