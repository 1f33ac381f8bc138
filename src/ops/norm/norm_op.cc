// Norm by problem lines: how it is tried, timed and compared.
#include "ops/norm/norm.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class NormTrial final : public Trial {
 public:
  NormTrial(const NormProblem& p, std::unique_ptr<NormKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        src_(random_floats(p.m * p.groups * p.n, seed)),
        weight_(random_floats(p.n, seed + 1)),
        bias_(p.bias ? random_floats(p.n, seed + 2) : std::vector<float>()),
        dst_(src_.size()),
        want_(src_.size()) {
    const int64_t stride = p.groups * p.n;
    arguments_ = {.src = src_.data(),
                  .dst = dst_.data(),
                  .weight = weight_.data(),
                  .bias = p.bias ? bias_.data() : nullptr,
                  .rows = p.m,
                  .src_stride = stride,
                  .dst_stride = stride,
                  .epsilon = 1e-5f};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    NormArguments arguments = arguments_;
    arguments.dst = want_.data();
    const auto reference = norm_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(dst_.data(), want_.data(), static_cast<int64_t>(want_.size()));
  }
  double tolerance() const override { return 2e-5; }

 private:
  std::unique_ptr<NormKernel> kernel_;
  NormProblem problem_;
  std::vector<float> src_, weight_, bias_, dst_, want_;
  NormArguments arguments_;
};

struct NormTraits {
  using Problem = NormProblem;
  using Kernel = NormKernel;
  static constexpr std::string_view kName = "norm";
  static Result<Problem> parse(const ProblemLine& line) { return parse_norm(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const NormSolver*>& solvers() { return norm_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const NormSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<NormTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& norm_op() {
  static const TypedOp<NormTraits> op;
  return op;
}

}  // namespace nagare
