// Gather by problem lines: how it is tried, timed and compared.
#include <random>

#include "ops/embed/gather.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class GatherTrial final : public Trial {
 public:
  GatherTrial(const GatherProblem& p, std::unique_ptr<GatherKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        src_(random_floats(2 * p.m * p.n, seed)),
        dst_(static_cast<size_t>(p.m * p.n)),
        want_(dst_.size()) {
    std::mt19937_64 engine(seed + 1);
    for (int64_t row = 0; row < p.m; ++row)
      indices_.push_back(static_cast<int32_t>(engine() % static_cast<uint64_t>(2 * p.m)));
    arguments_ = {.src = src_.data(),
                  .src_stride = p.n,
                  .indices = indices_.data(),
                  .rows = p.m,
                  .dst = dst_.data(),
                  .dst_stride = p.n};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    GatherArguments arguments = arguments_;
    arguments.dst = want_.data();
    const auto reference = gather_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(dst_.data(), want_.data(), static_cast<int64_t>(want_.size()));
  }
  double tolerance() const override { return 0; }

 private:
  std::unique_ptr<GatherKernel> kernel_;
  GatherProblem problem_;
  std::vector<float> src_, dst_, want_;
  std::vector<int32_t> indices_;
  GatherArguments arguments_;
};

struct GatherTraits {
  using Problem = GatherProblem;
  using Kernel = GatherKernel;
  static constexpr std::string_view kName = "gather";
  static Result<Problem> parse(const ProblemLine& line) { return parse_gather(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const GatherSolver*>& solvers() { return gather_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const GatherSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<GatherTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& gather_op() {
  static const TypedOp<GatherTraits> op;
  return op;
}

}  // namespace nagare
