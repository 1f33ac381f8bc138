#include "ops/gemm/vendor/sgemm.h"

#include <dlfcn.h>

#include <algorithm>
#include <limits>

#include "ops/gemm/gemm_rows.h"

namespace nagare::gemm {
namespace {

// A call smaller than this in either direction wastes what the library does before it multiplies.
constexpr int64_t kLeastColumns = 96;
constexpr int64_t kLeastRows = 64;
constexpr int64_t kMostParts = 8;

class SgemmKernel final : public GemmKernel {
 public:
  SgemmKernel(const GemmProblem& problem, std::unique_ptr<SgemmLibrary> library)
      : p_(problem), library_(std::move(library)) {}

  std::string_view weight_layout() const override { return "rows"; }
  int64_t packed_bytes() const override { return row_bytes(p_.b, p_.k) * p_.n; }
  void pack(std::span<const TensorView> parts, std::byte* dst, const Stream&) const override {
    copy_rows(parts, dst);
  }
  int64_t workspace_bytes(int64_t, int) const override { return 0; }
  bool depends_on_rows() const override { return true; }

  // Cut by shape alone: the same parts, and so the same bits, for any number of threads.
  void run(const Stream& stream, const GemmArguments& a) const override {
    const int64_t across = std::clamp<int64_t>(p_.n / kLeastColumns, 1, kMostParts);
    const int64_t down = std::clamp<int64_t>(a.rows / kLeastRows, 1, kMostParts / across);
    stream.parallel_for(static_cast<int>(across * down), [&](int part) {
      const Range columns = split_range(p_.n, 16, static_cast<int>(across), static_cast<int>(part % across));
      const Range rows = split_range(a.rows, 1, static_cast<int>(down), static_cast<int>(part / across));
      if (columns.begin < columns.end) multiply(a, rows, columns);
    });
  }

 private:
  void multiply(const GemmArguments& a, const Range& rows, const Range& columns) const {
    const bool add = p_.bias || p_.residual;
    for (int64_t row = rows.begin; add && row < rows.end; ++row) start_row(a, row, columns);
    const bool done = library_->multiply({.rows = rows.end - rows.begin,
                                          .n = columns.end - columns.begin,
                                          .k = p_.k,
                                          .a = a.a + rows.begin * a.a_stride,
                                          .a_stride = a.a_stride,
                                          .b = reinterpret_cast<const float*>(a.b) + columns.begin * p_.k,
                                          .c = a.c + rows.begin * a.c_stride + columns.begin,
                                          .c_stride = a.c_stride,
                                          .add = add});
    if (done) return;
    // No answer must not pass for one: a trial refuses numbers that are none.
    for (int64_t row = rows.begin; row < rows.end; ++row) {
      float* const c = a.c + row * a.c_stride;
      std::fill(c + columns.begin, c + columns.end, std::numeric_limits<float>::quiet_NaN());
    }
  }

  void start_row(const GemmArguments& a, int64_t row, const Range& columns) const {
    float* const c = a.c + row * a.c_stride;
    for (int64_t n = columns.begin; n < columns.end; ++n) {
      const float residual = p_.residual ? a.residual[row * a.residual_stride + n] : 0.0f;
      c[n] = residual + (p_.bias ? a.bias[n] : 0.0f);
    }
  }

  GemmProblem p_;
  std::unique_ptr<SgemmLibrary> library_;
};

}  // namespace

Result<void*> open_library(const std::string& path) {
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    const char* const reason = dlerror();
    return unsupported("{} cannot be loaded: {}", path, reason == nullptr ? "no reason given" : reason);
  }
  return library;
}

void* find_symbol(void* library, const char* name) {
  return dlsym(library, name);
}

Verdict SgemmSolver::applicable(const GemmProblem& problem, const DeviceTraits& device) const {
  if (problem.b != DType::kF32) {
    return Verdict::no(Refusal::kDtype,
                       "multiplies float32 weights only; others would take several times their memory");
  }
  if (device.library(d_.library) == nullptr) {
    return Verdict::no(Refusal::kNotBuilt, fmt::format("{} is not installed; {}", d_.library, d_.to_install));
  }
  return Verdict::yes();
}

double SgemmSolver::estimate_seconds(const GemmProblem& problem, const DeviceTraits& device) const {
  const Work work = work_of(problem);
  return (static_cast<double>(work.bytes) / d_.bytes_per_second +
          static_cast<double>(work.flops) / d_.flops_per_second) /
         device.threads;
}

Result<std::unique_ptr<GemmKernel>> SgemmSolver::prepare(const GemmProblem& problem,
                                                         const DeviceTraits& device) const {
  const LibraryTraits* const library = device.library(d_.library);
  if (library == nullptr) return unsupported("{} is not installed", d_.library);
  ASSIGN_OR_RETURN(std::unique_ptr<SgemmLibrary> loaded, d_.load(library->path));
  return std::make_unique<SgemmKernel>(problem, std::move(loaded));
}

}  // namespace nagare::gemm
