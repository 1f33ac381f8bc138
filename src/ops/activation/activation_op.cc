// Activation by problem lines: how it is tried, timed and compared.
#include "ops/activation/activation.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class ActivationTrial final : public Trial {
 public:
  ActivationTrial(const ActivationProblem& p, std::unique_ptr<ActivationKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        src_(random_floats(p.m * p.n * (p.glu ? 2 : 1), seed, 2.0f)),
        dst_(static_cast<size_t>(p.m * p.n)),
        want_(dst_.size()) {
    const int64_t stride = p.glu ? 2 * p.n : p.n;
    arguments_ = {.gate = src_.data(),
                  .gate_stride = stride,
                  .up = p.glu ? src_.data() + p.n : nullptr,
                  .up_stride = stride,
                  .dst = dst_.data(),
                  .dst_stride = p.n,
                  .rows = p.m};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    ActivationArguments arguments = arguments_;
    arguments.dst = want_.data();
    const auto reference = activation_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(dst_.data(), want_.data(), static_cast<int64_t>(want_.size()));
  }
  double tolerance() const override { return 1e-5; }

 private:
  std::unique_ptr<ActivationKernel> kernel_;
  ActivationProblem problem_;
  std::vector<float> src_, dst_, want_;
  ActivationArguments arguments_;
};

struct ActivationTraits {
  using Problem = ActivationProblem;
  using Kernel = ActivationKernel;
  static constexpr std::string_view kName = "activation";
  static Result<Problem> parse(const ProblemLine& line) { return parse_activation(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const ActivationSolver*>& solvers() { return activation_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const ActivationSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<ActivationTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& activation_op() {
  static const TypedOp<ActivationTraits> op;
  return op;
}

}  // namespace nagare
