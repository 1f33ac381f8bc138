// An op as the rest of the house sees it when it does not know the op: by problem lines. The selector,
// `find`, `bench "LINE"`, the conformance runner and the trial in a child process are all written against
// this one face; each op implements it once (see ops/norm/norm_op.cc) and is listed in ops/op_list.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/device.h"
#include "solve/problem_line.h"
#include "solve/solver.h"

namespace nagare {

enum class Arithmetic : uint8_t { kF32, kBf16, kInt8 };

// What a problem costs at least, whoever solves it.
struct Work {
  int64_t flops = 0;
  int64_t bytes = 0;  // inputs, weights and outputs, each once
  // What the processor offers for it at best; benchmarks print the distance from its limit.
  Arithmetic arithmetic = Arithmetic::kF32;
};

// One solver on one problem, with random inputs of its own: to be timed, and to be compared with the
// reference.
class Trial {
 public:
  virtual ~Trial() = default;
  // Runs the solver once.
  virtual void run(const Stream& stream) = 0;
  // Runs the reference on the same inputs and returns the largest difference of the solver's latest output
  // from it, relative to the root mean square of the reference's output. NaN or infinity anywhere gives
  // infinity. Where the whole reference would take more than about 0.1 s it compares a sample of the output
  // that includes its edges.
  virtual double error(const Stream& stream) = 0;
  // The largest error() with which the solver counts as correct on this problem.
  virtual double tolerance() const = 0;
  // Called before timing. In a model the weights of the next layer are never in the cache: a trial that reads
  // much weight data makes copies of it, together larger than `cache_bytes`, and each later run() takes the
  // next one. Trials without weights, or with little, do nothing.
  virtual Status prepare_cold_runs(int64_t /*cache_bytes*/) { return {}; }
};

class Op {
 public:
  virtual ~Op() = default;
  virtual std::string_view name() const = 0;
  // The ids of all solvers in the order of the op's list; the last one is the reference.
  virtual std::vector<std::string_view> solver_ids() const = 0;
  // Checks the line and gives it in the one canonical form (all fields, fixed order), which is the perf-db's
  // key.
  virtual Result<ProblemLine> canonical(const ProblemLine& line) const = 0;
  virtual Result<Work> work(const ProblemLine& line) const = 0;
  // All solvers in the order of the op's list, with their verdicts. The last one is the reference.
  virtual Result<std::vector<Candidate>> candidates(const ProblemLine& line,
                                                    const DeviceTraits& traits) const = 0;
  // A trial of the solver with that id. Inputs depend on `seed` only, not on the solver.
  virtual Result<std::unique_ptr<Trial>> make_trial(const ProblemLine& line, std::string_view solver_id,
                                                    const DeviceTraits& traits, uint64_t seed) const = 0;
};

// Largest |got - want| divided by the root mean square of `want` (by 1 where that is 0); infinity for any
// NaN.
double relative_error(const float* got, const float* want, int64_t elements);

// Why a solver with such an error is refused.
std::string wrong_numbers_reason(double error, double tolerance);

}  // namespace nagare
