// Finding the fastest solvers for a model's own problems: a bounded time before a run, or all of them for
// `nagare find`. Nothing of the model is laid out for it: the problems are read off sketches of its plans.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "graph/executor.h"
#include "solve/find.h"

namespace nagare {

struct FindModelOptions {
  FindMode mode = FindMode::kQuick;
  bool again = false;                // also what is known
  double budget_seconds = 0;         // 0: what suits the mode and the model
  int64_t weight_bytes = 128 << 20;  // of the model: no more lies between two uses of a weight
  std::vector<int64_t> tokens{};     // rows of a step to find for; empty: what suits the mode
  bool isolate = false;              // solvers that may crash are tried in a child process (trial_entry.h)
  std::function<bool(const FindProgress&)> progress{};  // as FindOptions::progress
};

// How long a quick find may take before a run: not noticed beside a small model, and little beside what a big
// one takes to load.
double quick_find_seconds(int64_t weight_bytes);

// The problems of steps with so many rows, each once, with how often a step does it.
Result<std::vector<FindProblem>> model_problems(Executor& executor, std::span<const int64_t> tokens);

// Measures and stores. The choices that the selector made before are forgotten where something was learnt.
Result<FindReport> find_for_model(Executor& executor, const Device& device, Selector& selector,
                                  PerfDb& perf_db, const FindModelOptions& options);

}  // namespace nagare
