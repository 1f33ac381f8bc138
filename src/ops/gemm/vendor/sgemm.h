// Float32 weights multiplied by a library's sgemm: loading the library, and sharing its calls out among our
// threads, for the one solver file of each library. Nothing of a library is needed to build: its C interface
// is declared where it is called.
#pragma once

#include <memory>
#include <string>

#include "ops/gemm/gemm.h"

namespace nagare::gemm {

// c[rows,n] = a[rows,k] · b[n,k]ᵀ, added to what is in c where `add`. Rows of b lie together.
struct SgemmCall {
  int64_t rows = 0;
  int64_t n = 0;
  int64_t k = 0;
  const float* a = nullptr;
  int64_t a_stride = 0;
  const float* b = nullptr;
  float* c = nullptr;
  int64_t c_stride = 0;
  bool add = false;
};

// A loaded library. Stays loaded: threads of its own may run in it.
class SgemmLibrary {
 public:
  virtual ~SgemmLibrary() = default;
  // On the calling thread alone; several threads may call at once. False where the library reports failure.
  virtual bool multiply(const SgemmCall& call) const = 0;
};

// A function of a library that was opened with dlopen.
template <class Function>
Result<Function> find_function(void* library, const char* name);
// Opens a library for the life of the process.
Result<void*> open_library(const std::string& path);

struct SgemmDescription {
  std::string_view id;
  std::string_view library;     // its name in the traits
  std::string_view to_install;  // what a user may do who lacks it
  Result<std::unique_ptr<SgemmLibrary>> (*load)(const std::string& path);
  double bytes_per_second;  // one thread
  double flops_per_second;
};

// Tried in a child process first: these are large libraries with start-up code, memory pools and code
// generators of their own, whose abort or hang must not be ours.
class SgemmSolver final : public GemmSolver {
 public:
  explicit SgemmSolver(const SgemmDescription& description) : d_(description) {}

  std::string_view id() const override { return d_.id; }
  bool needs_isolation() const override { return true; }
  Verdict applicable(const GemmProblem& problem, const DeviceTraits& device) const override;
  double estimate_seconds(const GemmProblem& problem, const DeviceTraits& device) const override;
  Result<std::unique_ptr<GemmKernel>> prepare(const GemmProblem& problem,
                                              const DeviceTraits& device) const override;

 private:
  SgemmDescription d_;
};

void* find_symbol(void* library, const char* name);

template <class Function>
Result<Function> find_function(void* library, const char* name) {
  void* const address = find_symbol(library, name);
  if (address == nullptr) return unsupported("the library has no function {}", name);
  return reinterpret_cast<Function>(address);
}

}  // namespace nagare::gemm
