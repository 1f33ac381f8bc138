#include "solve/find.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "solve/solver_name.h"

namespace nagare {
namespace {

// By its own estimate this many times slower than the best: not worth a quick find's time.
constexpr double kHopelessEstimate = 10;
// Of a row that says that a problem is settled; no solver has it.
constexpr int kSettledVersion = -1;
// A rough machine, to weigh problems against each other before any was run.
constexpr double kRoughFlopsPerSecond = 5e10;
constexpr double kRoughBytesPerSecond = 1.5e10;

struct Task {
  FindProblem problem;
  std::vector<Candidate> candidates;  // worth measuring, the most promising first
  double weight_seconds = 0;
};

class Finder {
 public:
  Finder(const Device& device, PerfDb& perf_db, const FindOptions& options)
      : device_(device), perf_db_(perf_db), options_(options), start_ns_(options.tournament.clock()) {}

  Result<FindReport> run(std::vector<FindProblem> problems) {
    ASSIGN_OR_RETURN(std::vector<Task> tasks, plan(std::move(problems)));
    const size_t total = tasks.size();
    for (size_t i = 0; i < total; ++i) {
      const bool go_on = tell(i, total, tasks[i].problem.line.print());
      if (!go_on || out_of_time()) {
        report_.stopped = !go_on;
        report_.left_over += total - i;
        if (go_on) settle(std::span(tasks).subspan(i));
        break;
      }
      measure(tasks[i]);
    }
    if (!report_.stopped) tell(report_.measured, total, "");
    report_.seconds = elapsed_seconds();
    return std::move(report_);
  }

 private:
  double elapsed_seconds() const {
    return static_cast<double>(options_.tournament.clock() - start_ns_) * 1e-9;
  }
  bool out_of_time() const { return elapsed_seconds() > options_.budget_seconds; }
  bool tell(size_t done, size_t total, std::string problem) const {
    return !options_.progress ||
           options_.progress({.done = done, .total = total, .problem = std::move(problem)});
  }

  Result<std::vector<Task>> plan(std::vector<FindProblem> problems);
  Result<std::vector<Candidate>> worth_measuring(const FindProblem& problem) const;
  bool must_be_isolated(const Candidate& candidate) const {
    return candidate.needs_isolation || options_.isolate_all;
  }
  bool all_known(const FindProblem& problem, const std::vector<Candidate>& candidates) const;
  bool is_settled(const FindProblem& problem) const;
  void settle(std::span<const Task> tasks);
  void measure(const Task& task);
  bool survives_alone(const Task& task, const Candidate& candidate, std::vector<Measurement>& learnt);

  const Device& device_;
  PerfDb& perf_db_;
  const FindOptions& options_;
  int64_t start_ns_;
  FindReport report_;
  // op:id of what hung in this find. It is not waited for again.
  std::unordered_map<std::string, Measurement> hung_;
};

Result<std::vector<Candidate>> Finder::worth_measuring(const FindProblem& problem) const {
  ASSIGN_OR_RETURN(std::vector<Candidate> all, problem.op->candidates(problem.line, device_.traits()));
  std::vector<Candidate> worth;
  double best_estimate = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i + 1 < all.size(); ++i) {  // the reference is what the others are compared with
    const Candidate& candidate = all[i];
    if (!candidate.verdict) continue;
    if (any_means(options_.policy.forced, problem.op->name(), candidate.id)) return std::vector<Candidate>();
    if (any_means(options_.policy.without, problem.op->name(), candidate.id)) continue;
    if (must_be_isolated(candidate) && options_.try_out == nullptr) continue;
    best_estimate = std::min(best_estimate, candidate.estimate_seconds);
    worth.push_back(candidate);
  }
  if (!options_.hopeless) {
    std::erase_if(worth, [&](const Candidate& candidate) {
      return candidate.estimate_seconds > kHopelessEstimate * best_estimate;
    });
  }
  std::stable_sort(worth.begin(), worth.end(), [](const Candidate& a, const Candidate& b) {
    return a.estimate_seconds < b.estimate_seconds;
  });
  return worth;
}

bool Finder::all_known(const FindProblem& problem, const std::vector<Candidate>& candidates) const {
  const std::string line = problem.line.print();
  return std::all_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    return options_.before_run ? perf_db_.find(line, candidate.id, candidate.version) != nullptr
                               : perf_db_.find_own(line, candidate.id, candidate.version) != nullptr;
  });
}

// A row of the reference that says "not measured": the selector, which never refuses the reference, passes
// over it.
bool Finder::is_settled(const FindProblem& problem) const {
  const Measurement* row =
      perf_db_.find(problem.line.print(), problem.op->solver_ids().back(), kSettledVersion);
  return options_.before_run && row != nullptr && !row->usable();
}

void Finder::settle(std::span<const Task> tasks) {
  if (!options_.before_run) return;
  std::vector<Measurement> rows;
  rows.reserve(tasks.size());
  for (const Task& task : tasks) {
    rows.push_back({.problem = task.problem.line.print(),
                    .solver = std::string(task.problem.op->solver_ids().back()),
                    .version = kSettledVersion,
                    .refusal = Refusal::kUntried,
                    .reason = "a find before a run had no time left for this problem"});
  }
  perf_db_.store(rows);
}

Result<std::vector<Task>> Finder::plan(std::vector<FindProblem> problems) {
  std::vector<Task> tasks;
  std::unordered_set<std::string> seen;
  for (FindProblem& problem : problems) {
    if (!seen.insert(problem.line.print()).second) continue;
    ASSIGN_OR_RETURN(std::vector<Candidate> candidates, worth_measuring(problem));
    ASSIGN_OR_RETURN(const Work work, problem.op->work(problem.line));
    // Where there is no choice, only a full find wants to know the time.
    const bool no_choice = candidates.empty() || (candidates.size() == 1 && !options_.hopeless);
    if (no_choice || (!options_.again && (is_settled(problem) || all_known(problem, candidates)))) {
      ++report_.known;
      continue;
    }
    const double weight = problem.count * (static_cast<double>(work.flops) / kRoughFlopsPerSecond +
                                           static_cast<double>(work.bytes) / kRoughBytesPerSecond);
    tasks.push_back(
        {.problem = std::move(problem), .candidates = std::move(candidates), .weight_seconds = weight});
  }
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.weight_seconds > b.weight_seconds; });
  return tasks;
}

// Did it survive this problem in a child process, now or earlier? What came of it, if not, joins `learnt`.
bool Finder::survives_alone(const Task& task, const Candidate& candidate, std::vector<Measurement>& learnt) {
  const std::string line = task.problem.line.print();
  const Measurement* known = perf_db_.find(line, candidate.id, candidate.version);
  if (known != nullptr && known->usable()) return true;
  const std::string key = fmt::format("{}:{}", task.problem.op->name(), candidate.id);
  if (const auto hung = hung_.find(key); hung != hung_.end()) {
    Measurement same = hung->second;
    same.reason = fmt::format("{} ({})", same.reason, same.problem);
    same.problem = line;
    learnt.push_back(std::move(same));
    return false;
  }
  const Measurement tried = options_.try_out(*task.problem.op, task.problem.line, candidate);
  if (tried.usable()) return true;
  if (tried.refusal == Refusal::kTimedOut) hung_.emplace(key, tried);
  learnt.push_back(tried);
  return false;
}

void Finder::measure(const Task& task) {
  std::vector<Measurement> learnt;
  Tournament tournament(*task.problem.op, task.problem.line, device_, options_.tournament);
  bool complete = true;
  for (const Candidate& candidate : task.candidates) {
    if (out_of_time()) {
      complete = false;
      break;
    }
    if (must_be_isolated(candidate) && !survives_alone(task, candidate, learnt)) continue;
    tournament.enter(candidate);
  }
  const std::vector<Measurement> timed = tournament.results();
  learnt.insert(learnt.end(), timed.begin(), timed.end());
  for (const Measurement& measurement : learnt) {
    if (!measurement.usable()) report_.refused.push_back(measurement);
  }
  std::erase_if(learnt, [](const Measurement& measurement) { return !measurement.is_worth_storing(); });
  if (!learnt.empty()) perf_db_.store(learnt);
  complete ? ++report_.measured : ++report_.left_over;
  if (!complete) settle(std::span(&task, 1));
}

}  // namespace

FindOptions find_options(const SelectionPolicy& policy, FindMode mode) {
  FindOptions options{.policy = policy};
  if (mode == FindMode::kQuick) {
    options.budget_seconds = policy.find_budget_seconds;
    options.tournament.turns = 5;
    options.tournament.pair_seconds = 0.05;
  } else {
    options.again = true;
    options.hopeless = true;
    options.tournament.turns = 15;
    options.tournament.pair_seconds = 0.5;
  }
  return options;
}

Result<FindReport> find(const Device& device, PerfDb& perf_db, std::vector<FindProblem> problems,
                        const FindOptions& options) {
  return Finder(device, perf_db, options).run(std::move(problems));
}

}  // namespace nagare
