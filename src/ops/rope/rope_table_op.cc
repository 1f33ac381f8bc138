// The rope table by problem lines: how it is tried, timed and compared.
#include <cmath>
#include <random>

#include "ops/rope/rope_table.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class RopeTableTrial final : public Trial {
 public:
  RopeTableTrial(const RopeTableProblem& p, std::unique_ptr<RopeTableKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        table_(static_cast<size_t>(p.m * p.dims)),
        want_(table_.size()) {
    std::mt19937_64 engine(seed);
    for (int64_t row = 0; row < p.m; ++row) positions_.push_back(static_cast<int32_t>(engine() % 131073));
    for (int64_t i = 0; i < p.dims / 2; ++i) {
      inverse_frequencies_.push_back(
          std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(p.dims)));
    }
    arguments_ = {.positions = positions_.data(),
                  .inverse_frequencies = inverse_frequencies_.data(),
                  .magnitude = 1.25f,
                  .table = table_.data(),
                  .rows = p.m};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    RopeTableArguments arguments = arguments_;
    arguments.table = want_.data();
    const auto reference = rope_table_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(table_.data(), want_.data(), static_cast<int64_t>(want_.size()));
  }
  double tolerance() const override { return 1e-6; }

 private:
  std::unique_ptr<RopeTableKernel> kernel_;
  RopeTableProblem problem_;
  std::vector<int32_t> positions_;
  std::vector<double> inverse_frequencies_;
  std::vector<float> table_, want_;
  RopeTableArguments arguments_;
};

struct RopeTableTraits {
  using Problem = RopeTableProblem;
  using Kernel = RopeTableKernel;
  static constexpr std::string_view kName = "rope_table";
  static Result<Problem> parse(const ProblemLine& line) { return parse_rope_table(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const RopeTableSolver*>& solvers() { return rope_table_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const RopeTableSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<RopeTableTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& rope_table_op() {
  static const TypedOp<RopeTableTraits> op;
  return op;
}

}  // namespace nagare
