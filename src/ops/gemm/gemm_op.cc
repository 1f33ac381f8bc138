// Gemm by problem lines: how it is tried, timed and compared.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/gemm/gemm.h"
#include "ops/gemm/random_weights.h"
#include "runtime/buffer.h"
#include "solve/trial_inputs.h"
#include "solve/typed_op.h"

namespace nagare {
namespace {

// Products that the reference does in about a tenth of a second, and the rows compared where there are more.
constexpr int64_t kCheckedProducts = 100'000'000;
constexpr int64_t kCheckedRows = 8;
// Weights smaller than this are timed as they lie: all of a small model's stay in the cache.
constexpr int64_t kColdBytes = 256 << 10;

// Everything a trial needs, allocated by make() so that a lack of memory is an error and not an exception.
class GemmTrial final : public Trial {
 public:
  GemmTrial(const GemmProblem& p, std::unique_ptr<GemmKernel> kernel, uint64_t seed)
      : p_(p),
        kernel_(std::move(kernel)),
        a_(random_floats(p.m * p.k, seed)),
        b_(random_weights(p.b, p.n, p.k, seed + 1)),
        bias_(p.bias ? random_floats(p.n, seed + 2) : std::vector<float>()),
        residual_(p.residual ? random_floats(p.m * p.n, seed + 3) : std::vector<float>()),
        c_(static_cast<size_t>(p.m * p.n)) {}

  Status allocate(const DeviceTraits& traits) {
    ASSIGN_OR_RETURN(packed_, Buffer::allocate(kernel_->packed_bytes()));
    ASSIGN_OR_RETURN(workspace_, Buffer::allocate(kernel_->workspace_bytes(p_.m, traits.threads)));
    return {};
  }

  void run(const Stream& stream) override {
    if (!is_packed_) {
      const TensorView whole{.dtype = p_.b, .shape = Shape(p_.n, p_.k), .data = b_.data()};
      kernel_->pack(std::span(&whole, 1), packed_.data(), stream);
      is_packed_ = true;
    }
    const std::byte* const weights =
        copies_.empty() ? packed_.data() : copies_[next_copy_++ % copies_.size()].data();
    kernel_->run(stream, arguments(weights, c_.data(), workspace_.data()));
  }

  Status prepare_cold_runs(int64_t cache_bytes) override {
    const int64_t bytes = packed_.bytes();
    if (bytes < kColdBytes) return {};
    const int64_t count = cache_bytes / bytes + 2;
    if (count * bytes > available_memory_bytes())
      return out_of_memory("gemm trial: needs {} MiB for copies of the weights", count * bytes >> 20);
    copies_.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(Buffer copy, Buffer::allocate(bytes));
      std::memcpy(copy.data(), packed_.data(), static_cast<size_t>(bytes));
      copies_.push_back(std::move(copy));
    }
    return {};
  }

  // The whole output where that is quick, else a few rows by the columns at both ends: the edges of every
  // cut of the work that goes wrong first.
  double error(const Stream& stream) override {
    const int64_t columns_within = kCheckedProducts / p_.k;
    const bool is_quick = p_.m * p_.n <= columns_within;
    const int64_t rows = is_quick ? p_.m : std::min(p_.m, kCheckedRows);
    const int64_t columns = std::clamp<int64_t>(columns_within / rows / 2, 1, p_.n);
    std::vector<float> got;
    std::vector<float> want;
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t row = rows == 1 ? 0 : i * (p_.m - 1) / (rows - 1);
      if (is_quick) {
        if (!check(stream, row, 0, p_.n, got, want)) return INFINITY;
      } else if (!check(stream, row, 0, columns, got, want) ||
                 !check(stream, row, p_.n - columns, p_.n, got, want)) {
        return INFINITY;
      }
    }
    for (const float value : c_) {
      if (!std::isfinite(value)) return INFINITY;
    }
    return relative_error(got.data(), want.data(), static_cast<int64_t>(want.size()));
  }

  // Float32 sums against double ones; else rounded inputs, of which every 61st is an outlier that coarsens
  // its block.
  double tolerance() const override {
    switch (kernel_->numbers()) {
      case GemmNumbers::kInt8:
        return 0.15;
      case GemmNumbers::kInt16:
        return 5e-3;
      default:
        return is_quantised(p_.b) ? 0.15 : 5e-5;
    }
  }

 private:
  // Appends columns [begin, end) of a row of c, and what the reference makes of them.
  bool check(const Stream& stream, int64_t row, int64_t begin, int64_t end, std::vector<float>& got,
             std::vector<float>& want) const {
    GemmProblem part = p_;
    part.m = 1;
    part.n = end - begin;
    const auto reference = gemm_solvers().back()->prepare(part, {});
    auto workspace = Buffer::allocate((*reference)->workspace_bytes(1, stream.threads()));
    if (!workspace) return false;
    const size_t done = want.size();
    want.resize(done + static_cast<size_t>(part.n));
    const int64_t first = row * p_.n + begin;
    GemmArguments a = arguments(b_.data() + begin * row_bytes(p_.b, p_.k), &want[done], workspace->data());
    a.a += row * p_.k;
    if (p_.bias) a.bias += begin;
    if (p_.residual) a.residual += first;
    a.rows = 1;
    (*reference)->run(stream, a);
    got.insert(got.end(), c_.begin() + first, c_.begin() + first + part.n);
    return true;
  }

  GemmArguments arguments(const std::byte* b, float* c, std::byte* workspace) const {
    return {.a = a_.data(),
            .a_stride = p_.k,
            .b = b,
            .c = c,
            .c_stride = p_.n,
            .bias = p_.bias ? bias_.data() : nullptr,
            .residual = p_.residual ? residual_.data() : nullptr,
            .residual_stride = p_.n,
            .rows = p_.m,
            .workspace = workspace};
  }

  GemmProblem p_;
  std::unique_ptr<GemmKernel> kernel_;
  std::vector<float> a_;
  std::vector<std::byte> b_;
  std::vector<float> bias_, residual_, c_;
  Buffer packed_, workspace_;
  bool is_packed_ = false;
  std::vector<Buffer> copies_;  // of the packed weights, for runs that must not find them in a cache
  size_t next_copy_ = 0;
};

struct GemmTraits {
  using Problem = GemmProblem;
  using Kernel = GemmKernel;
  static constexpr std::string_view kName = "gemm";
  static Result<Problem> parse(const ProblemLine& line) { return parse_gemm(line); }
  static ProblemLine print(const Problem& problem) { return nagare::print(problem); }
  static Work work(const Problem& problem) { return work_of(problem); }
  static const std::vector<const GemmSolver*>& solvers() { return gemm_solvers(); }
  static Result<std::unique_ptr<Trial>> make_trial(const Problem& problem, const GemmSolver& solver,
                                                   const DeviceTraits& traits, uint64_t seed) {
    // Inputs, weights twice (as in the file and packed), outputs twice.
    if (const int64_t bytes = 3 * work_of(problem).bytes; bytes > available_memory_bytes()) {
      return out_of_memory("gemm trial: needs about {} MiB, more than is free", bytes >> 20);
    }
    ASSIGN_OR_RETURN(auto kernel, solver.prepare(problem, traits));
    auto trial = std::make_unique<GemmTrial>(problem, std::move(kernel), seed);
    RETURN_IF_ERROR(trial->allocate(traits));
    return trial;
  }
};

}  // namespace

const Op& gemm_op() {
  static const TypedOp<GemmTraits> op;
  return op;
}

}  // namespace nagare
