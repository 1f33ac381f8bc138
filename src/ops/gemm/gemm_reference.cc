// Plain, slow, obviously right: each row of weights to float32, then sums in double.
#include "ops/gemm/gemm_rows.h"
#include "ops/gemm/gemm_solvers.h"
#include "tensor/dequantise.h"

namespace nagare {
namespace {

class GemmReferenceKernel final : public GemmKernel {
 public:
  explicit GemmReferenceKernel(const GemmProblem& problem) : p_(problem) {}

  std::string_view weight_layout() const override { return "rows"; }
  int64_t packed_bytes() const override { return row_bytes(p_.b, p_.k) * p_.n; }
  void pack(std::span<const TensorView> parts, std::byte* dst, const Stream&) const override {
    copy_rows(parts, dst);
  }
  int64_t workspace_bytes(int64_t, int threads) const override { return threads * row_workspace_bytes(); }

  void run(const Stream& stream, const GemmArguments& a) const override {
    const int parts = stream.threads();
    stream.parallel_for(parts, [&](int part) {
      float* weights = reinterpret_cast<float*>(a.workspace + part * row_workspace_bytes());
      const Range range = split_range(p_.n, 1, parts, part);
      for (int64_t n = range.begin; n < range.end; ++n) {
        dequantise_row(p_.b, a.b + n * row_bytes(p_.b, p_.k), weights, p_.k);
        for (int64_t m = 0; m < a.rows; ++m) a.c[m * a.c_stride + n] = output(a, weights, m, n);
      }
    });
  }

 private:
  int64_t row_workspace_bytes() const { return (p_.k * 4 + 63) / 64 * 64; }

  float output(const GemmArguments& a, const float* weights, int64_t m, int64_t n) const {
    double sum = 0;
    const float* row = a.a + m * a.a_stride;
    for (int64_t k = 0; k < p_.k; ++k) sum += static_cast<double>(row[k]) * static_cast<double>(weights[k]);
    if (p_.bias) sum += a.bias[n];
    if (p_.residual) sum += a.residual[m * a.residual_stride + n];
    return static_cast<float>(sum);
  }

  GemmProblem p_;
};

class GemmReference final : public GemmSolver {
 public:
  std::string_view id() const override { return "reference"; }
  Verdict applicable(const GemmProblem&, const DeviceTraits&) const override { return Verdict::yes(); }
  double estimate_seconds(const GemmProblem& problem, const DeviceTraits& traits) const override {
    return static_cast<double>(work_of(problem).flops) / (1e9 * traits.threads);
  }
  Result<std::unique_ptr<GemmKernel>> prepare(const GemmProblem& problem,
                                              const DeviceTraits&) const override {
    return std::make_unique<GemmReferenceKernel>(problem);
  }
};

}  // namespace

const GemmSolver& gemm_reference() {
  static const GemmReference solver;
  return solver;
}

}  // namespace nagare
