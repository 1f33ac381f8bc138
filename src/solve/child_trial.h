// Trying a solver that may crash, hang or abort, in a process of its own.
//
// The child is a fresh run of this same program (never a fork of a process with threads), told by hidden
// arguments what to try. It answers one line on a pipe; anything else that happens to it is a verdict too.
// The parent finds out by try_in_child(), the child by maybe_run_child_trial() at the top of main().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "solve/measurement.h"
#include "solve/op.h"

namespace nagare {

// find_op of ops/op_list.h: solve knows no op.
using OpLookup = Result<const Op*> (*)(std::string_view name);

struct ChildTrialOptions {
  int threads = 1;
  uint64_t seed = 1;
  double deadline_seconds = 15;
};

// The first thing in main() of a program that tries solvers. In a child: runs the trial and gives the exit
// code to end with at once. In any other process: nothing.
std::optional<int> maybe_run_child_trial(int argument_count, char** arguments, OpLookup find_op);

// Runs `solver` of the problem once or a few times in a child, compared with the reference there. The
// measurement says kCrashed, kTimedOut, kWrongNumbers, kMemory or another refusal with its reason, or holds
// the error and a rough time. kUntried: no child could be started, which says nothing about the solver.
Measurement try_in_child(const ProblemLine& canonical, const Candidate& solver,
                         const ChildTrialOptions& options);

// try_in_child() with these options, as the selector, find and bench want it.
std::function<Measurement(const Op&, const ProblemLine&, const Candidate&)> child_try_out(
    const ChildTrialOptions& options);

}  // namespace nagare
