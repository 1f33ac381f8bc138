// Every solver of one problem against each other: `nagare bench "PROBLEM LINE"`. Each is checked against the
// reference before its time counts, and set beside what the machine could do at best.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cpu/machine_limits.h"
#include "runtime/device.h"
#include "solve/selector.h"

namespace nagare {

struct ProblemBenchOptions {
  SelectionPolicy policy{};  // for what would be chosen
  PerfDb* perf_db = nullptr;
  bool isolate = false;         // solvers that may crash are tried in a child process first (trial_entry.h)
  bool slow_reference = false;  // times the reference even where that takes seconds
};

struct SolverBench {
  Candidate candidate;
  // Of those that could be tried. Its refusal, where it has one, says why the solver may not be used here.
  std::optional<Measurement> measurement;
  std::string left_out{};  // why it was not tried, "" where it was or where it refuses
};

struct ProblemBench {
  std::string problem;  // canonical
  Work work;
  MachineLimits limits;
  double limit_seconds = 0;          // no solver can be faster, unless the data lies in a cache
  bool memory_is_limit = false;      // else arithmetic
  std::vector<SolverBench> solvers;  // in the order of the op's list
  Choice choice;                     // what a run would take
  std::optional<size_t> best;        // index of the fastest; nothing where none worked
  // Seconds of the chosen one by seconds of the best, measured once more side by side where they differ;
  // nothing where the chosen one was not timed.
  std::optional<double> chosen_by_best;
};

Result<ProblemBench> bench_problem(std::string_view line, const Device& device,
                                   const ProblemBenchOptions& options);

// As a run sees this machine: for commands that need no model.
struct BenchDevice {
  std::unique_ptr<Device> device;
  PerfDb perf_db;
};
Result<BenchDevice> open_bench_device(int threads);

}  // namespace nagare
