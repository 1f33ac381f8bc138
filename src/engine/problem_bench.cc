#include "engine/problem_bench.h"

#include <algorithm>
#include <numeric>

#include "ops/op_list.h"
#include "solve/child_trial.h"
#include "solve/tournament.h"

namespace nagare {
namespace {

constexpr int kTurns = 15;
constexpr double kPairSeconds = 0.5;
constexpr int kTurnsOfACloseCall = 25;
// Closer than this two solvers are told apart by a second look only.
constexpr double kAsFast = 1.01;
// The reference is plain and slow: by its own estimate longer than this, it is not timed unless asked for.
constexpr double kLongReferenceSeconds = 0.5;
constexpr double kTrialDeadlineSeconds = 15;

double arithmetic_limit(const MachineLimits& limits, Arithmetic arithmetic) {
  const double special = arithmetic == Arithmetic::kInt8   ? limits.int8_ops
                         : arithmetic == Arithmetic::kBf16 ? limits.bf16_flops
                                                           : 0;
  return special > 0 ? special : limits.f32_flops;
}

void set_limit(ProblemBench& bench, const DeviceTraits& traits) {
  // What fits there stays there from run to run.
  const bool cached = bench.work.bytes <= traits.l2_bytes;
  const double memory =
      cached ? 0 : static_cast<double>(bench.work.bytes) / std::max(1.0, bench.limits.read_bytes);
  const double arithmetic = static_cast<double>(bench.work.flops) /
                            std::max(1.0, arithmetic_limit(bench.limits, bench.work.arithmetic));
  bench.limit_seconds = std::max(memory, arithmetic);
  bench.memory_is_limit = memory >= arithmetic;
}

class ProblemBencher {
 public:
  ProblemBencher(const Op& op, const ProblemLine& line, const Device& device,
                 const ProblemBenchOptions& options)
      : op_(op),
        line_(line),
        device_(device),
        options_(options),
        try_out_(
            child_try_out({.threads = device.traits().threads, .deadline_seconds = kTrialDeadlineSeconds})),
        tournament_(op, line, device, {.turns = kTurns, .pair_seconds = kPairSeconds}) {}

  Status run(ProblemBench& bench) {
    Selector selector(device_.traits(), options_.perf_db, options_.policy);
    if (options_.isolate) selector.set_try_out(try_out_);
    ASSIGN_OR_RETURN(bench.choice, selector.choose(op_, line_));
    ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, op_.candidates(line_, device_.traits()));
    bench.solvers.reserve(candidates.size());
    for (const Candidate& candidate : candidates) bench.solvers.push_back({.candidate = candidate});
    // The most promising first: who is four times as slow is then seen at once. The reference comes last.
    std::vector<size_t> order(bench.solvers.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end() - 1, [&](size_t a, size_t b) {
      return candidates[a].estimate_seconds < candidates[b].estimate_seconds;
    });
    for (const size_t index : order) enter(bench, index);
    const std::vector<Measurement> results = tournament_.results();
    for (size_t i = 0; i < results.size(); ++i) bench.solvers[entered_[i]].measurement = results[i];
    judge(bench);
    return {};
  }

 private:
  void enter(ProblemBench& bench, size_t index) {
    SolverBench& solver = bench.solvers[index];
    if (!solver.candidate.verdict) return;
    const bool reference = index + 1 == bench.solvers.size();
    const bool others = !entered_.empty();
    if (reference && others && !options_.slow_reference &&
        solver.candidate.estimate_seconds > kLongReferenceSeconds) {
      solver.left_out =
          fmt::format("not timed: it would take about {:.1f} s a run", solver.candidate.estimate_seconds);
      return;
    }
    if (solver.candidate.needs_isolation) {
      if (!options_.isolate) {
        solver.left_out = "may crash, and this program cannot try it in a child process";
        return;
      }
      solver.measurement = try_out_(op_, line_, solver.candidate);
      if (!solver.measurement->usable()) return;
    }
    entered_.push_back(index);
    tournament_.enter(solver.candidate);
  }

  std::optional<size_t> place_of(size_t index) const {
    const auto found = std::find(entered_.begin(), entered_.end(), index);
    if (found == entered_.end()) return std::nullopt;
    return static_cast<size_t>(found - entered_.begin());
  }

  void judge(ProblemBench& bench) {
    for (size_t i = 0; i < bench.solvers.size(); ++i) {
      const auto& measured = bench.solvers[i].measurement;
      if (!measured || !measured->usable()) continue;
      if (!bench.best || measured->seconds < bench.solvers[*bench.best].measurement->seconds) bench.best = i;
    }
    const auto& chosen = bench.solvers[bench.choice.index].measurement;
    if (!bench.best || !chosen || !chosen->usable()) return;
    double ratio = chosen->seconds / bench.solvers[*bench.best].measurement->seconds;
    const auto chosen_place = place_of(bench.choice.index);
    const auto best_place = place_of(*bench.best);
    if (ratio > kAsFast && chosen_place && best_place) {
      ratio = std::min(ratio, tournament_.compare_again(*chosen_place, *best_place, kTurnsOfACloseCall));
    }
    bench.chosen_by_best = ratio;
  }

  const Op& op_;
  const ProblemLine& line_;
  const Device& device_;
  const ProblemBenchOptions& options_;
  Selector::TryOut try_out_;
  Tournament tournament_;
  std::vector<size_t> entered_;  // indices of solvers, in the order in which they entered
};

}  // namespace

Result<ProblemBench> bench_problem(std::string_view line, const Device& device,
                                   const ProblemBenchOptions& options) {
  RETURN_IF_ERROR(check_policy(options.policy, all_ops()));
  ASSIGN_OR_RETURN(const ProblemLine parsed, ProblemLine::parse(line));
  ASSIGN_OR_RETURN(const Op* op, find_op(parsed.op()));
  ASSIGN_OR_RETURN(const ProblemLine canonical, op->canonical(parsed));
  ProblemBench bench;
  bench.problem = canonical.print();
  ASSIGN_OR_RETURN(bench.work, op->work(canonical));
  ASSIGN_OR_RETURN(bench.limits,
                   measure_machine_limits(device.stream(), device.traits(), device.traits().threads));
  set_limit(bench, device.traits());
  RETURN_IF_ERROR(ProblemBencher(*op, canonical, device, options).run(bench));
  return bench;
}

Result<BenchDevice> open_bench_device(int threads) {
  ASSIGN_OR_RETURN(auto device, Device::open_cpu(threads));
  PerfDb perf_db = PerfDb::open_default(device->traits().fingerprint());
  return BenchDevice{.device = std::move(device), .perf_db = std::move(perf_db)};
}

}  // namespace nagare
