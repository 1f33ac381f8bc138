// OpenBLAS, https://www.openblas.net: its cblas_sgemm, on one thread a call.
#include "ops/gemm/gemm_solvers.h"
#include "ops/gemm/vendor/sgemm.h"

namespace nagare {
namespace {

// From cblas.h of the reference BLAS: the values of its enumerations, and blasint, which is int in the
// library of this name (builds with 64-bit integers have another).
constexpr int kRowMajor = 101;
constexpr int kNoTrans = 111;
constexpr int kTrans = 112;
using CblasSgemm = void (*)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                            const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
using SetThreads = void (*)(int);

class OpenBlas final : public gemm::SgemmLibrary {
 public:
  explicit OpenBlas(CblasSgemm sgemm) : sgemm_(sgemm) {}
  bool multiply(const gemm::SgemmCall& call) const override {
    sgemm_(kRowMajor, kNoTrans, kTrans, static_cast<int>(call.rows), static_cast<int>(call.n),
           static_cast<int>(call.k), 1.0f, call.a, static_cast<int>(call.a_stride), call.b,
           static_cast<int>(call.k), call.add ? 1.0f : 0.0f, call.c, static_cast<int>(call.c_stride));
    return true;
  }

 private:
  CblasSgemm sgemm_;
};

Result<std::unique_ptr<gemm::SgemmLibrary>> load(const std::string& path) {
  ASSIGN_OR_RETURN(void* const library, gemm::open_library(path));
  ASSIGN_OR_RETURN(const CblasSgemm sgemm, gemm::find_function<CblasSgemm>(library, "cblas_sgemm"));
  ASSIGN_OR_RETURN(const SetThreads set_threads,
                   gemm::find_function<SetThreads>(library, "openblas_set_num_threads"));
  // Of the whole library, which nothing else in this process uses.
  set_threads(1);
  return std::make_unique<OpenBlas>(sgemm);
}

}  // namespace

const GemmSolver& gemm_openblas() {
  static const gemm::SgemmSolver solver({.id = "openblas_sgemm",
                                         .library = "openblas",
                                         .to_install = "the Debian package is libopenblas0-pthread",
                                         .load = &load,
                                         .bytes_per_second = 6e9,
                                         .flops_per_second = 90e9});
  return solver;
}

}  // namespace nagare
