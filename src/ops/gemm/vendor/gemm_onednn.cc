// oneDNN, https://github.com/oneapi-src/oneDNN: its dnnl_sgemm, on one thread a call.
#include "ops/gemm/gemm_solvers.h"
#include "ops/gemm/vendor/sgemm.h"

namespace nagare {
namespace {

// From dnnl.h: row-major matrices, 0 is success.
using DnnlSgemm = int (*)(char trans_a, char trans_b, int64_t m, int64_t n, int64_t k, float alpha,
                          const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
                          int64_t ldc);
using SetThreads = void (*)(int);

class OneDnn final : public gemm::SgemmLibrary {
 public:
  OneDnn(DnnlSgemm sgemm, SetThreads set_threads) : sgemm_(sgemm), set_threads_(set_threads) {}
  bool multiply(const gemm::SgemmCall& call) const override {
    // OpenMP keeps the wanted number of threads for each thread of the program: this says it for the caller.
    if (set_threads_ != nullptr) set_threads_(1);
    return sgemm_('N', 'T', call.rows, call.n, call.k, 1.0f, call.a, call.a_stride, call.b, call.k,
                  call.add ? 1.0f : 0.0f, call.c, call.c_stride) == 0;
  }

 private:
  DnnlSgemm sgemm_;
  SetThreads set_threads_;  // null where the library was built without OpenMP
};

Result<std::unique_ptr<gemm::SgemmLibrary>> load(const std::string& path) {
  ASSIGN_OR_RETURN(void* const library, gemm::open_library(path));
  ASSIGN_OR_RETURN(const DnnlSgemm sgemm, gemm::find_function<DnnlSgemm>(library, "dnnl_sgemm"));
  const Result<SetThreads> set_threads = gemm::find_function<SetThreads>(library, "omp_set_num_threads");
  return std::make_unique<OneDnn>(sgemm, set_threads ? *set_threads : nullptr);
}

}  // namespace

const GemmSolver& gemm_onednn() {
  static const gemm::SgemmSolver solver({.id = "onednn_sgemm",
                                         .library = "onednn",
                                         .to_install = "the Debian package is libdnnl2",
                                         .load = &load,
                                         .bytes_per_second = 15e9,
                                         .flops_per_second = 98e9});
  return solver;
}

}  // namespace nagare
