// Route by problem lines: how it is tried, timed and compared.
#include <algorithm>
#include <limits>

#include "ops/moe/route.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class RouteTrial final : public Trial {
 public:
  RouteTrial(const RouteProblem& p, std::unique_ptr<RouteKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        scores_(random_floats(p.m * p.experts, seed)),
        dst_(static_cast<size_t>(p.m * 2 * p.used)),
        want_(dst_.size()) {
    // Experts with equal scores: every seventh is as good as the one before it.
    for (size_t i = 7; i < scores_.size(); i += 7) scores_[i] = scores_[i - 1];
    arguments_ = {.scores = scores_.data(),
                  .scores_stride = p.experts,
                  .dst = dst_.data(),
                  .dst_stride = 2 * p.used,
                  .rows = p.m,
                  .scale = 1.5f};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  // The same experts, or the error is infinite; then the weights.
  double error(const Stream& stream) override {
    RouteArguments arguments = arguments_;
    arguments.dst = want_.data();
    const auto reference = route_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    double worst = 0;
    for (int64_t row = 0; row < problem_.m; ++row) {
      const float* got = dst_.data() + row * 2 * problem_.used;
      const float* want = want_.data() + row * 2 * problem_.used;
      if (!std::equal(got, got + problem_.used, want)) return std::numeric_limits<double>::infinity();
      worst = std::max(worst, relative_error(got + problem_.used, want + problem_.used, problem_.used));
    }
    return worst;
  }
  double tolerance() const override { return 2e-5; }

 private:
  std::unique_ptr<RouteKernel> kernel_;
  RouteProblem problem_;
  std::vector<float> scores_, dst_, want_;
  RouteArguments arguments_;
};

struct RouteTraits {
  using Problem = RouteProblem;
  using Kernel = RouteKernel;
  static constexpr std::string_view kName = "route";
  static Result<Problem> parse(const ProblemLine& line) { return parse_route(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const RouteSolver*>& solvers() { return route_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const RouteSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<RouteTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& route_op() {
  static const TypedOp<RouteTraits> op;
  return op;
}

}  // namespace nagare
