// The bridge from an op's own types to the face in op.h: write a Traits class, get an Op.
//
//   struct NormTraits {
//     using Problem = NormProblem;  using Kernel = NormKernel;
//     static constexpr std::string_view kName = "norm";
//     static Result<Problem> parse(const ProblemLine&);
//     static ProblemLine print(const Problem&);
//     static Work work(const Problem&);
//     static const std::vector<const Solver<Problem, Kernel>*>& solvers();
//     static Result<std::unique_ptr<Trial>> make_trial(const Problem&, const Kernel-making Solver&, …, seed);
//   };
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "solve/op.h"

namespace nagare {

template <class Traits>
class TypedOp final : public Op {
 public:
  using Problem = typename Traits::Problem;
  using Kernel = typename Traits::Kernel;

  std::string_view name() const override { return Traits::kName; }

  std::vector<std::string_view> solver_ids() const override {
    std::vector<std::string_view> ids;
    for (const Solver<Problem, Kernel>* solver : Traits::solvers()) ids.push_back(solver->id());
    return ids;
  }
  Result<ProblemLine> canonical(const ProblemLine& line) const override {
    ASSIGN_OR_RETURN(const Problem problem, Traits::parse(line));
    return Traits::print(problem);
  }
  Result<Work> work(const ProblemLine& line) const override {
    ASSIGN_OR_RETURN(const Problem problem, Traits::parse(line));
    return Traits::work(problem);
  }
  Result<std::vector<Candidate>> candidates(const ProblemLine& line,
                                            const DeviceTraits& traits) const override {
    ASSIGN_OR_RETURN(const Problem problem, Traits::parse(line));
    return list_candidates(Traits::solvers(), problem, traits);
  }
  Result<std::unique_ptr<Trial>> make_trial(const ProblemLine& line, std::string_view solver_id,
                                            const DeviceTraits& traits, uint64_t seed) const override {
    ASSIGN_OR_RETURN(const Problem problem, Traits::parse(line));
    for (const Solver<Problem, Kernel>* solver : Traits::solvers()) {
      if (solver->id() != solver_id) continue;
      if (const Verdict verdict = solver->applicable(problem, traits); !verdict) {
        return unsupported("{}: solver {} refuses: {}", line.print(), solver_id, verdict.reason);
      }
      return Traits::make_trial(problem, *solver, traits, seed);
    }
    return bad_input("{}: no solver of {} is called '{}'", line.print(), Traits::kName, solver_id);
  }
};

}  // namespace nagare
