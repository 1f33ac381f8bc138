// Finding out which solver is fastest here: measures the candidates of a list of problems and keeps what it
// learns in the perf-db. What costs most is measured first.
//
// Called before a run (quick: bounded, only what is not known yet) and by `nagare find` (everything).
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "runtime/device.h"
#include "solve/op.h"
#include "solve/perf_db.h"
#include "solve/selector.h"
#include "solve/tournament.h"

namespace nagare {

struct FindProblem {
  const Op* op = nullptr;
  ProblemLine line;  // canonical
  double count = 1;  // how often a run does it: weighs what is measured first
};

struct FindProgress {
  size_t done = 0;
  size_t total = 0;
  std::string problem{};  // being measured next; "" at the end
};

struct FindOptions {
  double budget_seconds = std::numeric_limits<double>::infinity();
  bool again = false;     // also what is known
  bool hopeless = false;  // also solvers whose own estimate is ten times the best one's
  // A find before a run, after which the next run should choose the same solvers: what was measured with
  // another number of threads counts as known, and what the time did not suffice for is settled with its
  // estimate. No later find of this kind asks again; others measure it.
  bool before_run = false;
  TournamentOptions tournament{};
  SelectionPolicy policy{};  // what is forbidden, or decided by force, is not measured
  // Tries a solver that may crash, in a child process; without it such solvers are left out.
  Selector::TryOut try_out{};
  bool isolate_all = false;  // try every solver there that was never tried here
  // Called before each problem and at the end; false stops. May be empty.
  std::function<bool(const FindProgress&)> progress{};
};

// The options of `mode` (kQuick or kFull) with the policy's budget.
FindOptions find_options(const SelectionPolicy& policy, FindMode mode);

struct FindReport {
  size_t measured = 0;   // problems
  size_t known = 0;      // problems that needed nothing
  size_t left_over = 0;  // problems for which the time did not suffice, or that came after a stop
  double seconds = 0;
  bool stopped = false;
  std::vector<Measurement> refused{};  // what crashed, hung, gave wrong numbers, …: also in the perf-db
};

// Lines that repeat are measured once. Fails only where a line is invalid.
Result<FindReport> find(const Device& device, PerfDb& perf_db, std::vector<FindProblem> problems,
                        const FindOptions& options);

}  // namespace nagare
