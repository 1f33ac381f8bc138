// One way to compute one kind of problem. Every op has an explicit ordered list of them; the last is the
// reference, which accepts every valid problem.
//
// What (Problem), where (DeviceTraits), how (Solver) and with what (the kernel's arguments) are four types. A
// solver is const and stateless; applicability is a pure function, so it can be asked about a device that is
// not there.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/device_traits.h"
#include "solve/verdict.h"

namespace nagare {

template <class Problem, class Kernel>
class Solver {
 public:
  virtual ~Solver() = default;

  // A literal that never changes its meaning: "avx512_vnni_n16", "reference". Unique within the op.
  virtual std::string_view id() const = 0;
  // Raised when the solver's speed or numbers change: what the perf-db knows of older versions is then void.
  virtual int version() const { return 1; }
  // May it crash, hang or abort (somebody else's library)? Then it is first tried in a child process.
  virtual bool needs_isolation() const { return false; }

  virtual Verdict applicable(const Problem& problem, const DeviceTraits& traits) const = 0;
  // Seconds for one run, for when nothing was measured. Only its order among the solvers of a problem matters
  // much.
  virtual double estimate_seconds(const Problem& problem, const DeviceTraits& traits) const = 0;
  // A kernel for the problem, bound to no data. Called only where applicable() said yes.
  virtual Result<std::unique_ptr<Kernel>> prepare(const Problem& problem,
                                                  const DeviceTraits& traits) const = 0;
};

// What the selector sees of a solver: everything that does not depend on the op's own types.
struct Candidate {
  std::string_view id;
  int version = 1;
  bool needs_isolation = false;
  Verdict verdict{};
  double estimate_seconds = 0;  // valid where the verdict is yes
};

// The candidates of a problem, in the order of the op's list.
template <class Problem, class Kernel>
std::vector<Candidate> list_candidates(const std::vector<const Solver<Problem, Kernel>*>& solvers,
                                       const Problem& problem, const DeviceTraits& traits) {
  std::vector<Candidate> candidates;
  for (const auto* solver : solvers) {
    Candidate candidate{.id = solver->id(),
                        .version = solver->version(),
                        .needs_isolation = solver->needs_isolation(),
                        .verdict = solver->applicable(problem, traits)};
    if (candidate.verdict) candidate.estimate_seconds = solver->estimate_seconds(problem, traits);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace nagare
