// Rope by problem lines: how it is tried, timed and compared.
#include <cmath>

#include "ops/rope/rope.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

class RopeTrial final : public Trial {
 public:
  RopeTrial(const RopeProblem& p, std::unique_ptr<RopeKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)),
        problem_(p),
        start_(random_floats(p.m * p.heads * p.head_dim, seed)),
        data_(start_),
        table_(random_floats(p.m * p.dims, seed + 1)) {
    // A run turns what the last one left: keep each pair's length, so that repeated timing neither grows nor
    // fades.
    for (size_t i = 0; i < table_.size(); i += 2) {
      const float length = std::sqrt(table_[i] * table_[i] + table_[i + 1] * table_[i + 1]);
      table_[i] /= length;
      table_[i + 1] /= length;
    }
    arguments_ = {.data = data_.data(), .stride = p.heads * p.head_dim, .rows = p.m, .table = table_.data()};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  double error(const Stream& stream) override {
    data_ = start_;
    kernel_->run(stream, arguments_);
    std::vector<float> want = start_;
    RopeArguments arguments = arguments_;
    arguments.data = want.data();
    const auto reference = rope_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(data_.data(), want.data(), static_cast<int64_t>(want.size()));
  }
  double tolerance() const override { return 1e-5; }

 private:
  std::unique_ptr<RopeKernel> kernel_;
  RopeProblem problem_;
  std::vector<float> start_, data_, table_;
  RopeArguments arguments_;
};

struct RopeTraits {
  using Problem = RopeProblem;
  using Kernel = RopeKernel;
  static constexpr std::string_view kName = "rope";
  static Result<Problem> parse(const ProblemLine& line) { return parse_rope(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const RopeSolver*>& solvers() { return rope_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const RopeSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<RopeTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& rope_op() {
  static const TypedOp<RopeTraits> op;
  return op;
}

}  // namespace nagare
