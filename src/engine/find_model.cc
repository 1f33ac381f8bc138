#include "engine/find_model.h"

#include <algorithm>
#include <unordered_map>

#include "ops/op_list.h"
#include "solve/child_trial.h"

namespace nagare {
namespace {

// A small model starts within a blink, a big one within what its weights take to read.
constexpr double kLeastQuickSeconds = 0.3;
constexpr double kMostQuickSeconds = 4;
constexpr double kQuickSecondsPerByte = 1e-9;
// Before a run nobody waits long for a solver that hangs.
constexpr double kQuickDeadlineSeconds = 3;
constexpr double kFullDeadlineSeconds = 15;

// For weighing: so many steps of an answer to one of a prompt. More than there are, so that a short time goes
// to them first: all of a small model's are measured in the time that one problem of a long prompt takes.
constexpr double kStepsOfAnAnswer = 4096;
// Rows of a prompt before a run: a question in a chat, and a long text.
constexpr int64_t kShortPrompt = 32;

// Bytes that lie between two uses of a weight, as far as they matter: a model that the last cache holds reads
// its weights from there. Measured on a model of 5 MB, whose steps take half as long again with the solver
// that wins when weights come from memory.
int64_t cold_bytes(int64_t weight_bytes, const DeviceTraits& traits) {
  const bool stays_in_cache = weight_bytes <= traits.l3_bytes / 2;
  return stays_in_cache ? 0 : std::min(weight_bytes, TournamentOptions{}.cold_bytes);
}

std::vector<int64_t> rows_to_find(const FindModelOptions& options, int64_t most) {
  std::vector<int64_t> rows = options.tokens;
  if (rows.empty() && options.mode == FindMode::kQuick) rows = {1, most, std::min(kShortPrompt, most)};
  if (rows.empty()) {
    for (int64_t count = 1; count <= most; count *= 2) rows.push_back(count);
  }
  return rows;
}

}  // namespace

double quick_find_seconds(int64_t weight_bytes) {
  return std::clamp(static_cast<double>(weight_bytes) * kQuickSecondsPerByte, kLeastQuickSeconds,
                    kMostQuickSeconds);
}

Result<std::vector<FindProblem>> model_problems(Executor& executor, std::span<const int64_t> tokens) {
  std::vector<FindProblem> problems;
  std::unordered_map<std::string, size_t> known;
  for (const int64_t rows : tokens) {
    if (rows < 1 || rows > executor.options().max_tokens) {
      return bad_input("find: a step has 1 to {} tokens, not {}", executor.options().max_tokens, rows);
    }
    ASSIGN_OR_RETURN(const std::vector<BoundNode> nodes, executor.sketch(rows, 1));
    for (const BoundNode& node : nodes) {
      const double count = rows == 1 ? kStepsOfAnAnswer : 1;
      const auto [place, is_new] = known.emplace(node.problem, problems.size());
      if (!is_new) {
        problems[place->second].count += count;
        continue;
      }
      ASSIGN_OR_RETURN(ProblemLine line, ProblemLine::parse(node.problem));
      ASSIGN_OR_RETURN(const Op* op, find_op(line.op()));
      problems.push_back({.op = op, .line = std::move(line), .count = count});
    }
  }
  return problems;
}

Result<FindReport> find_for_model(Executor& executor, const Device& device, Selector& selector,
                                  PerfDb& perf_db, const FindModelOptions& options) {
  const std::vector<int64_t> rows = rows_to_find(options, executor.options().max_tokens);
  ASSIGN_OR_RETURN(std::vector<FindProblem> problems, model_problems(executor, rows));
  const bool quick = options.mode == FindMode::kQuick;
  FindOptions find_options = nagare::find_options(selector.policy(), options.mode);
  if (options.budget_seconds > 0) find_options.budget_seconds = options.budget_seconds;
  find_options.again = options.again;
  find_options.before_run = quick;
  find_options.tournament.cold_bytes = cold_bytes(options.weight_bytes, device.traits());
  find_options.progress = options.progress;
  if (options.isolate) {
    find_options.try_out =
        child_try_out({.threads = device.traits().threads,
                       .deadline_seconds = quick ? kQuickDeadlineSeconds : kFullDeadlineSeconds});
  }
  ASSIGN_OR_RETURN(FindReport report, find(device, perf_db, std::move(problems), find_options));
  if (report.measured + report.left_over + report.refused.size() > 0) selector.forget();
  return report;
}

}  // namespace nagare
