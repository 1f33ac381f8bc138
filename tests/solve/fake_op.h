// An op whose solvers do what a test tells them to: be fast, slow, wrong, crash, hang, exit.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "solve/op.h"

namespace nagare::test {

struct FakeSolver {
  std::string id{};
  double estimate_seconds = 1;
  Verdict verdict = Verdict::yes();
  bool needs_isolation = false;
  int version = 1;
  std::function<void()> run = [] {};
  double error = 0;
};

class FakeTrial final : public Trial {
 public:
  explicit FakeTrial(FakeSolver solver) : solver_(std::move(solver)) {}
  void run(const Stream&) override { solver_.run(); }
  double error(const Stream&) override { return solver_.error; }
  double tolerance() const override { return 1e-3; }

 private:
  FakeSolver solver_;
};

// Problems are "fake n=1…". The last solver is the reference.
class FakeOp final : public Op {
 public:
  explicit FakeOp(std::vector<FakeSolver> solvers, std::string op_name = "fake")
      : solvers_(std::move(solvers)), name_(std::move(op_name)) {}

  std::vector<FakeSolver>& solvers() { return solvers_; }

  std::string_view name() const override { return name_; }
  std::vector<std::string_view> solver_ids() const override {
    std::vector<std::string_view> ids;
    ids.reserve(solvers_.size());
    for (const FakeSolver& solver : solvers_) ids.push_back(solver.id);
    return ids;
  }
  Result<ProblemLine> canonical(const ProblemLine& line) const override {
    RETURN_IF_ERROR(line.only({"n"}));
    ASSIGN_OR_RETURN(const int64_t n, line.integer("n", 1, 1 << 20));
    ProblemLine out(name_);
    return out.add("n", n);
  }
  Result<Work> work(const ProblemLine& line) const override {
    ASSIGN_OR_RETURN(const int64_t n, line.integer("n", 1, 1 << 20));
    return Work{.flops = n, .bytes = 8 * n};
  }
  Result<std::vector<Candidate>> candidates(const ProblemLine& line, const DeviceTraits&) const override {
    RETURN_IF_ERROR(canonical(line));
    std::vector<Candidate> candidates;
    candidates.reserve(solvers_.size());
    for (const FakeSolver& solver : solvers_) {
      candidates.push_back({.id = solver.id,
                            .version = solver.version,
                            .needs_isolation = solver.needs_isolation,
                            .verdict = solver.verdict,
                            .estimate_seconds = solver.estimate_seconds});
    }
    return candidates;
  }
  Result<std::unique_ptr<Trial>> make_trial(const ProblemLine&, std::string_view id, const DeviceTraits&,
                                            uint64_t) const override {
    for (const FakeSolver& solver : solvers_) {
      if (solver.id == id) return std::make_unique<FakeTrial>(solver);
    }
    return bad_input("no solver is called {}", id);
  }

 private:
  std::vector<FakeSolver> solvers_;
  std::string name_;
};

inline ProblemLine fake_problem(int64_t n = 1) {
  ProblemLine line("fake");
  return line.add("n", n);
}

}  // namespace nagare::test
