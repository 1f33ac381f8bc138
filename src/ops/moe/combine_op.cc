// Combine by problem lines: how it is tried, timed and compared.
#include "ops/moe/combine.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class CombineTrial final : public Trial {
 public:
  CombineTrial(const CombineProblem& p, std::unique_ptr<CombineKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        src_(random_floats(p.m * p.used * p.n, seed)),
        weights_(random_floats(p.m * p.used, seed + 1)),
        dst_(static_cast<size_t>(p.m * p.n)),
        want_(dst_.size()) {
    arguments_ = {.src = src_.data(),
                  .src_stride = p.used * p.n,
                  .weights = weights_.data(),
                  .weights_stride = p.used,
                  .dst = dst_.data(),
                  .dst_stride = p.n,
                  .rows = p.m};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    CombineArguments arguments = arguments_;
    arguments.dst = want_.data();
    const auto reference = combine_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(dst_.data(), want_.data(), static_cast<int64_t>(want_.size()));
  }
  double tolerance() const override { return 2e-5; }

 private:
  std::unique_ptr<CombineKernel> kernel_;
  CombineProblem problem_;
  std::vector<float> src_, weights_, dst_, want_;
  CombineArguments arguments_;
};

struct CombineTraits {
  using Problem = CombineProblem;
  using Kernel = CombineKernel;
  static constexpr std::string_view kName = "combine";
  static Result<Problem> parse(const ProblemLine& line) { return parse_combine(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const CombineSolver*>& solvers() { return combine_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const CombineSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<CombineTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& combine_op() {
  static const TypedOp<CombineTraits> op;
  return op;
}

}  // namespace nagare
