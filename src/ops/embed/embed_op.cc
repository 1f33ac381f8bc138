// Embed by problem lines: how it is tried, timed and compared.
#include <algorithm>
#include <cstring>
#include <random>

#include "ops/embed/embed.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

// A table of random bytes below 64: so no field of any block format, read as a half or as an exponent, is
// infinite or large. Floats are random numbers.
std::vector<std::byte> random_table(const EmbedProblem& p, int64_t rows, uint64_t seed) {
  std::vector<std::byte> table(static_cast<size_t>(rows * row_bytes(p.table, p.n)));
  if (p.table == DType::kF32) {
    const std::vector<float> values = random_floats(rows * p.n, seed);
    std::memcpy(table.data(), values.data(), table.size());
    return table;
  }
  std::mt19937_64 engine(seed);
  for (std::byte& byte : table) byte = static_cast<std::byte>(engine() & 63);
  return table;
}

class EmbedTrial final : public Trial {
 public:
  EmbedTrial(const EmbedProblem& p, std::unique_ptr<EmbedKernel> kernel, uint64_t seed)
      : kernel_(std::move(kernel)), problem_(p) {
    // Of a large table only the first rows are there: what is not read costs nothing.
    const int64_t table_rows = std::min<int64_t>(p.rows, 4 * p.m);
    table_ = random_table(p, table_rows, seed);
    start_ = random_floats(p.m * p.n, seed + 1);
    dst_ = start_;
    std::mt19937_64 engine(seed + 2);
    for (int64_t row = 0; row < p.m; ++row)
      ids_.push_back(static_cast<int32_t>(engine() % static_cast<uint64_t>(table_rows)));
    arguments_ = {.ids = ids_.data(),
                  .rows = p.m,
                  .table = table_.data(),
                  .scale = 1.5f,
                  .dst = dst_.data(),
                  .dst_stride = p.n};
  }

  void run(const Stream& stream) override { kernel_->run(stream, arguments_); }

  // Each side starts anew from the same dst: accumulate adds to what is there.
  double error(const Stream& stream) override {
    dst_ = start_;
    kernel_->run(stream, arguments_);
    std::vector<float> want = start_;
    EmbedArguments arguments = arguments_;
    arguments.dst = want.data();
    const auto reference = embed_solvers().back()->prepare(problem_, {});
    (*reference)->run(stream, arguments);
    return relative_error(dst_.data(), want.data(), static_cast<int64_t>(want.size()));
  }
  double tolerance() const override { return 1e-6; }

 private:
  std::unique_ptr<EmbedKernel> kernel_;
  EmbedProblem problem_;
  std::vector<std::byte> table_;
  std::vector<int32_t> ids_;
  std::vector<float> start_, dst_;
  EmbedArguments arguments_;
};

struct EmbedTraits {
  using Problem = EmbedProblem;
  using Kernel = EmbedKernel;
  static constexpr std::string_view kName = "embed";
  static Result<Problem> parse(const ProblemLine& line) { return parse_embed(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const EmbedSolver*>& solvers() { return embed_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const EmbedSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    return std::make_unique<EmbedTrial>(problem, std::move(kernel), seed);
  }
};

}  // namespace

const Op& embed_op() {
  static const TypedOp<EmbedTraits> op;
  return op;
}

}  // namespace nagare
