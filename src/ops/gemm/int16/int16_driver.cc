// Half-precision weights times many rows in fixed point (int16_tile.h): converting, quantising, sharing out
// the work. The weights lie as the float kernels want them, so both share one packed copy and each number of
// rows takes the faster.
#include <algorithm>

#include "base/round_up.h"
#include "ops/gemm/floats/float_panels.h"
#include "ops/gemm/gemm_solvers.h"
#include "ops/gemm/int16/int16_tile.h"
#include "ops/gemm/share_out.h"

namespace nagare {
namespace {

using gemm::kInt16Columns;
using gemm::kInt16TileRows;

class Int16Kernel final : public GemmKernel {
 public:
  Int16Kernel(const GemmProblem& problem, const gemm::Int16Kernels& kernels)
      : p_(problem),
        panels_(problem),
        kernels_(kernels),
        blocks_((problem.k + gemm::kInt16Block - 1) / gemm::kInt16Block),
        units_((problem.n + kInt16Columns - 1) / kInt16Columns) {}

  std::string_view weight_layout() const override { return panels_.layout(); }
  int64_t packed_bytes() const override { return panels_.bytes(); }
  void pack(std::span<const TensorView> parts, std::byte* dst, const Stream& stream) const override {
    panels_.pack(parts, dst, stream);
  }
  GemmNumbers numbers() const override { return GemmNumbers::kInt16; }

  int64_t workspace_bytes(int64_t max_rows, int threads) const override {
    return tile_count(max_rows) * tile_bytes() + part_count(threads) * unit_bytes();
  }

  void run(const Stream& stream, const GemmArguments& a) const override {
    quantise(stream, a);
    const int parts = part_count(stream.threads());
    stream.parallel_for(parts, [&](int part) {
      std::byte* const unit = a.workspace + tile_count(a.rows) * tile_bytes() + part * unit_bytes();
      const Range units = split_range(units_, 1, parts, part);
      for (int64_t index = units.begin; index < units.end; ++index) multiply_unit(a, index, unit);
    });
  }

 private:
  static int64_t tile_count(int64_t rows) { return (rows + kInt16TileRows - 1) / kInt16TileRows; }
  int64_t tile_bytes() const { return round_up(blocks_ * gemm::int16_tile_block_bytes(kInt16TileRows), 64); }
  int64_t unit_bytes() const { return blocks_ * gemm::kInt16UnitBlockBytes; }
  int part_count(int threads) const {
    return static_cast<int>(std::min<int64_t>(units_, gemm::kPartsPerThread * threads));
  }
  static int rows_of_tile(int64_t rows, int64_t tile) {
    return static_cast<int>(std::min<int64_t>(kInt16TileRows, rows - tile * kInt16TileRows));
  }

  void quantise(const Stream& stream, const GemmArguments& a) const {
    stream.parallel_for(static_cast<int>(tile_count(a.rows)), [&](int tile) {
      kernels_.quantise({.a = a.a + tile * kInt16TileRows * a.a_stride,
                         .a_stride = a.a_stride,
                         .rows = rows_of_tile(a.rows, tile),
                         .k = p_.k,
                         .tile = a.workspace + tile * tile_bytes()});
    });
  }

  // 32 columns, while their weights are in the second-level cache.
  void multiply_unit(const GemmArguments& a, int64_t index, std::byte* unit) const {
    const int64_t column = index * kInt16Columns;
    const std::byte* const first = a.b + 2 * index * panels_.panel_bytes();
    const bool both = column + gemm::kFloatPanelRows < p_.n;
    kernels_.convert({.panels = {first, both ? first + panels_.panel_bytes() : nullptr},
                      .k = p_.k,
                      .dtype = p_.b,
                      .unit = unit});
    gemm::Int16Task task{.unit = unit,
                         .blocks = blocks_,
                         .c_stride = a.c_stride,
                         .bias = p_.bias ? a.bias + column : nullptr,
                         .residual_stride = a.residual_stride,
                         .columns = static_cast<int>(std::min<int64_t>(kInt16Columns, p_.n - column))};
    for (int64_t tile = 0; tile < tile_count(a.rows); ++tile) {
      const int64_t row = tile * kInt16TileRows;
      task.tile = a.workspace + tile * tile_bytes();
      task.c = a.c + row * a.c_stride + column;
      if (p_.residual) task.residual = a.residual + row * a.residual_stride + column;
      kernels_.multiply[rows_of_tile(a.rows, tile)](task);
    }
  }

  GemmProblem p_;
  gemm::FloatPanels panels_;
  const gemm::Int16Kernels& kernels_;
  int64_t blocks_;
  int64_t units_;
};

class Int16Solver final : public GemmSolver {
 public:
  std::string_view id() const override { return "avx512_vnni_i16_n16"; }
  Verdict applicable(const GemmProblem& problem, const DeviceTraits& device) const override {
    if (problem.b != DType::kF16 && problem.b != DType::kBF16)
      return Verdict::no(Refusal::kDtype, "multiplies f16 and bf16 weights only");
    if (!device.cpu.avx512 || !device.cpu.avx512_vnni)
      return Verdict::no(Refusal::kMissingIsa, "needs AVX-512 with VNNI");
    return Verdict::yes();
  }
  double estimate_seconds(const GemmProblem& problem, const DeviceTraits& device) const override {
    constexpr double kConvertWeightSeconds = 1.5e-10;
    constexpr double kFlopsPerSecond = 190e9;
    constexpr double kBytesPerSecond = 20e9;
    const Work work = work_of(problem);
    return (static_cast<double>(work.bytes) / kBytesPerSecond +
            static_cast<double>(work.flops) / kFlopsPerSecond +
            static_cast<double>(problem.n * problem.k) * kConvertWeightSeconds) /
           device.threads;
  }
  Result<std::unique_ptr<GemmKernel>> prepare(const GemmProblem& problem,
                                              const DeviceTraits&) const override {
    return std::make_unique<Int16Kernel>(problem, gemm::int16_avx512());
  }
};

}  // namespace

const GemmSolver& gemm_avx512_vnni_i16_n16() {
  static const Int16Solver solver;
  return solver;
}

}  // namespace nagare
