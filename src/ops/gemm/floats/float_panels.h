// Float weights in memory: panels of 16 rows, each [k][16] numbers of the weights' own type. Shared by the
// float kernels and by those that turn such panels into integers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ops/gemm/floats/float_tile.h"
#include "ops/gemm/gemm.h"

namespace nagare::gemm {

class FloatPanels {
 public:
  explicit FloatPanels(const GemmProblem& problem)
      : dtype_(problem.b),
        k_(problem.k),
        count_((problem.n + kFloatPanelRows - 1) / kFloatPanelRows),
        panel_bytes_((row_bytes(problem.b, problem.k) * kFloatPanelRows + 63) / 64 * 64) {}

  std::string_view layout() const;
  int64_t count() const { return count_; }
  int64_t panel_bytes() const { return panel_bytes_; }
  int64_t bytes() const { return count_ * panel_bytes_; }
  void pack(std::span<const TensorView> parts, std::byte* dst, const Stream& stream) const;

 private:
  DType dtype_;
  int64_t k_;
  int64_t count_;
  int64_t panel_bytes_;
};

}  // namespace nagare::gemm
