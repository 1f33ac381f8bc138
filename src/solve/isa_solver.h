// A solver that is one plain function, compiled for one instruction set: what most small ops need. The same
// algorithm, written once over the vector vocabulary of base/simd, appears in an op's list once per
// instruction set.
#pragma once

#include <memory>
#include <string_view>

#include "solve/op.h"
#include "solve/solver.h"

namespace nagare {

// The least instruction set that a function was compiled for.
enum class IsaLevel : uint8_t { kGeneric, kAvx2, kAvx512 };

inline Verdict check_isa(IsaLevel level, const CpuFeatures& cpu) {
  if (level == IsaLevel::kAvx2 && !cpu.avx2)
    return Verdict::no(Refusal::kMissingIsa, "needs AVX2 with FMA and F16C");
  if (level == IsaLevel::kAvx512 && !cpu.avx512)
    return Verdict::no(Refusal::kMissingIsa, "needs AVX-512 F, BW, DQ and VL");
  return Verdict::yes();
}

// A function and the problem it was chosen for. Cheap to copy; calling it looks nothing up.
template <class Problem, class Arguments>
struct FunctionKernel {
  using Function = void(const Stream&, const Problem&, const Arguments&);
  Problem problem;
  Function* function = nullptr;
  void run(const Stream& stream, const Arguments& arguments) const { function(stream, problem, arguments); }
};

template <class Problem, class Arguments>
class IsaSolver final : public Solver<Problem, FunctionKernel<Problem, Arguments>> {
 public:
  using Kernel = FunctionKernel<Problem, Arguments>;
  struct Description {
    std::string_view id;
    IsaLevel level = IsaLevel::kGeneric;
    typename Kernel::Function* function = nullptr;
    Work (*work)(const Problem&) = nullptr;
    double bytes_per_second = 1e9;  // for the estimate, one thread
    double flops_per_second = 1e9;
  };
  explicit IsaSolver(const Description& description) : d_(description) {}

  std::string_view id() const override { return d_.id; }
  Verdict applicable(const Problem&, const DeviceTraits& traits) const override {
    return check_isa(d_.level, traits.cpu);
  }
  double estimate_seconds(const Problem& problem, const DeviceTraits&) const override {
    const Work work = d_.work(problem);
    return static_cast<double>(work.bytes) / d_.bytes_per_second +
           static_cast<double>(work.flops) / d_.flops_per_second;
  }
  Result<std::unique_ptr<Kernel>> prepare(const Problem& problem, const DeviceTraits&) const override {
    return std::make_unique<Kernel>(Kernel{problem, d_.function});
  }

 private:
  Description d_;
};

}  // namespace nagare
