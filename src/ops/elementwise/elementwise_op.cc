// Elementwise by problem lines: how it is tried, timed and compared.
#include "ops/elementwise/elementwise.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class ElementwiseTrial final : public Trial {
 public:
  ElementwiseTrial(const ElementwiseProblem& p, std::unique_ptr<ElementwiseKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        a_(random_floats(p.m * p.n, seed, 20.0f)),
        dst_(a_.size()),
        want_(a_.size()) {
    const bool has_b = p.kind == ElementwiseKind::kAdd || p.kind == ElementwiseKind::kMul;
    if (has_b) b_ = random_floats(p.broadcast ? p.n : p.m * p.n, seed + 1);
    arguments_ = {.a = a_.data(),
                  .a_stride = p.n,
                  .b = has_b ? b_.data() : nullptr,
                  .b_stride = p.n,
                  .dst = dst_.data(),
                  .dst_stride = p.n,
                  .rows = p.m,
                  .scalar = 30.0f};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    ElementwiseArguments arguments = arguments_;
    arguments.dst = want_.data();
    const auto reference = elementwise_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(dst_.data(), want_.data(), static_cast<int64_t>(want_.size()));
  }
  double tolerance() const override { return 2e-6; }

 private:
  std::unique_ptr<ElementwiseKernel> kernel_;
  ElementwiseProblem problem_;
  std::vector<float> a_, b_, dst_, want_;
  ElementwiseArguments arguments_;
};

struct ElementwiseTraits {
  using Problem = ElementwiseProblem;
  using Kernel = ElementwiseKernel;
  static constexpr std::string_view kName = "elementwise";
  static Result<Problem> parse(const ProblemLine& line) { return parse_elementwise(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const ElementwiseSolver*>& solvers() { return elementwise_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const ElementwiseSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<ElementwiseTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& elementwise_op() {
  static const TypedOp<ElementwiseTraits> op;
  return op;
}

}  // namespace nagare
