#include "ops/gemm/floats/float_panels.h"

#include <algorithm>
#include <cstring>

#include "ops/gemm/gemm_rows.h"

namespace nagare::gemm {
namespace {

// 16 rows of k elements of type T as [k][16]; a null row is zeros.
template <class T>
void pack_panel(const std::byte* const rows[kFloatPanelRows], int64_t k, std::byte* dst) {
  constexpr int64_t kStrip = 64 / sizeof(T);
  for (int64_t begin = 0; begin < k; begin += kStrip) {
    const int64_t end = std::min(k, begin + kStrip);
    for (int n = 0; n < kFloatPanelRows; ++n) {
      for (int64_t i = begin; i < end; ++i) {
        T value{};
        if (rows[n] != nullptr) std::memcpy(&value, rows[n] + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
        std::memcpy(dst + (i * kFloatPanelRows + n) * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
      }
    }
  }
}

}  // namespace

std::string_view FloatPanels::layout() const {
  if (dtype_ == DType::kF32) return "f32/n16";
  return dtype_ == DType::kF16 ? "f16/n16" : "bf16/n16";
}

void FloatPanels::pack(std::span<const TensorView> parts, std::byte* dst, const Stream& stream) const {
  const int jobs = static_cast<int>(std::min<int64_t>(count_, 64));
  stream.parallel_for(jobs, [&](int job) {
    const Range range = split_range(count_, 1, jobs, job);
    for (int64_t panel = range.begin; panel < range.end; ++panel) {
      const std::byte* rows[kFloatPanelRows];
      for (int i = 0; i < kFloatPanelRows; ++i) rows[i] = stacked_row(parts, panel * kFloatPanelRows + i);
      std::byte* const out = dst + panel * panel_bytes_;
      std::memset(out + panel_bytes_ - 64, 0, 64);  // what rounding up added
      dtype_ == DType::kF32 ? pack_panel<uint32_t>(rows, k_, out) : pack_panel<uint16_t>(rows, k_, out);
    }
  });
}

}  // namespace nagare::gemm
