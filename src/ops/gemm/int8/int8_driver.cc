// Block-quantised weights times activations quantised to int8: packing, quantising, sharing out the work. The
// inner loops are those of an instruction set (int8_tile.h).
#include "base/round_up.h"
#include "ops/gemm/gemm_rows.h"
#include "ops/gemm/gemm_solvers.h"
#include "ops/gemm/int8/int8_solvers.h"
#include "ops/gemm/share_out.h"
#include "solve/isa_solver.h"

namespace nagare {
namespace {

using gemm::kBlock;
using gemm::kPanelRows;

// Below this the hand-over to another thread (1-2 µs) is not worth it.
constexpr int64_t kSerialQuantiseElements = 16 << 10;

class Int8Kernel final : public GemmKernel {
 public:
  Int8Kernel(const GemmProblem& problem, const gemm::PackedFormat& format, const gemm::Int8Kernels& kernels)
      : p_(problem),
        format_(format),
        quantise_(kernels.quantise),
        tiles_(*kernels.tiles(format.codes, format.scales)),
        blocks_(problem.k / kBlock),
        panels_((problem.n + kPanelRows - 1) / kPanelRows),
        panel_bytes_(gemm::panel_bytes(format, problem.k)) {}

  std::string_view weight_layout() const override { return format_.layout; }
  int64_t packed_bytes() const override { return panels_ * panel_bytes_; }

  void pack(std::span<const TensorView> parts, std::byte* dst, const Stream& stream) const override {
    stream.parallel_for(static_cast<int>(std::min<int64_t>(panels_, 64)), [&](int part) {
      const Range range = split_range(panels_, 1, static_cast<int>(std::min<int64_t>(panels_, 64)), part);
      for (int64_t panel = range.begin; panel < range.end; ++panel) {
        const std::byte* rows[kPanelRows];
        for (int i = 0; i < kPanelRows; ++i) rows[i] = stacked_row(parts, panel * kPanelRows + i);
        gemm::pack_panel(format_, rows, p_.k, dst + panel * panel_bytes_);
      }
    });
  }

  GemmNumbers numbers() const override { return GemmNumbers::kInt8; }

  int64_t workspace_bytes(int64_t max_rows, int) const override {
    const int64_t of_many =
        (max_rows + tiles_.many_rows - 1) / tiles_.many_rows * tile_bytes(tiles_.many_rows);
    return std::max(tile_bytes(tiles_.max_rows), of_many);
  }

  void run(const Stream& stream, const GemmArguments& a) const override {
    quantise(stream, a);
    multiply(stream, a);
  }

 private:
  int64_t tile_bytes(int tile_rows) const {
    return round_up(blocks_ * gemm::activation_block_bytes(format_.scales, tile_rows), 64);
  }
  // How rows are cut into tiles: one, or many of the height that is fastest from the caches.
  struct Tiling {
    int64_t rows = 0;
    int height = 0;
    int64_t count = 0;
    int64_t bytes = 0;  // from one tile to the next
    int rows_of(int64_t tile) const {
      return static_cast<int>(std::min<int64_t>(height, rows - tile * height));
    }
  };
  Tiling cut(int64_t rows) const {
    const int height = rows <= tiles_.max_rows ? tiles_.max_rows : tiles_.many_rows;
    return {
        .rows = rows, .height = height, .count = (rows + height - 1) / height, .bytes = tile_bytes(height)};
  }

  void quantise(const Stream& stream, const GemmArguments& a) const {
    const bool serial = stream.threads() == 1 || a.rows * p_.k <= kSerialQuantiseElements;
    const int parts =
        serial ? 1 : static_cast<int>(std::min<int64_t>(blocks_, gemm::kPartsPerThread * stream.threads()));
    const Tiling tiling = cut(a.rows);
    stream.parallel_for(parts, [&](int part) {
      const Range range = split_range(blocks_, 1, parts, part);
      for (int64_t tile = 0; tile < tiling.count; ++tile) {
        const int rows = tiling.rows_of(tile);
        quantise_({.a = a.a + tile * tiling.height * a.a_stride,
                   .a_stride = a.a_stride,
                   .rows = rows,
                   .tile_rows = tiles_.by_rows[rows].tile_rows,
                   .block_begin = range.begin,
                   .block_end = range.end,
                   .scales = format_.scales,
                   .offset = format_.offset,
                   .tile = a.workspace + tile * tiling.bytes});
      }
    });
  }

  void multiply(const Stream& stream, const GemmArguments& a) const {
    const Tiling tiling = cut(a.rows);
    const gemm::TileGrid grid{.panels = panels_,
                              .tiles = tiling.count,
                              .panels_at_once = tiles_.panels_at_once,
                              .panel_bytes = panel_bytes_,
                              .tile_bytes = tiling.bytes};
    gemm::share_out(stream, grid, [&](int64_t tile, int64_t begin, int64_t end) {
      multiply_tile(a, tiling, tile, {begin, end});
    });
  }

  void multiply_tile(const GemmArguments& a, const Tiling& tiling, int64_t tile, Range panels) const {
    const int64_t row = tile * tiling.height;
    gemm::TileTask task{.panel_bytes = panel_bytes_,
                        .activations = a.workspace + tile * tiling.bytes,
                        .blocks = blocks_,
                        .c_stride = a.c_stride,
                        .residual_stride = a.residual_stride,
                        .rows = tiling.rows_of(tile),
                        .from_memory = tile == 0,
                        .scale_unit = format_.scale_unit,
                        .table = format_.table};
    const gemm::TileVariant& variant = tiles_.by_rows[task.rows];
    // A single tile reads each weight once, from memory: fastest along one panel after the other.
    const int panels_at_once = tiling.count == 1 ? 1 : variant.panels;
    for (int64_t panel = panels.begin; panel < panels.end;) {
      const int64_t column = panel * kPanelRows;
      const int count = panel + panels_at_once <= panels.end ? panels_at_once : 1;
      task.panel = a.b + panel * panel_bytes_;
      task.c = a.c + row * a.c_stride + column;
      task.columns = static_cast<int>(std::min<int64_t>(count * kPanelRows, p_.n - column));
      if (p_.bias) task.bias = a.bias + column;
      if (p_.residual) task.residual = a.residual + row * a.residual_stride + column;
      (count > 1 ? variant.many : variant.one)(task);
      panel += count;
    }
  }

  GemmProblem p_;
  const gemm::PackedFormat& format_;
  void (*quantise_)(const gemm::QuantiseTask&);
  const gemm::TileSet& tiles_;
  int64_t blocks_;
  int64_t panels_;
  int64_t panel_bytes_;
};

struct Int8Description {
  std::string_view id;
  Verdict (*check)(const CpuFeatures&);
  const gemm::Int8Kernels& (*kernels)();
  double bytes_per_second;  // one thread
  double flops_per_second;
};

class Int8Solver final : public GemmSolver {
 public:
  explicit Int8Solver(const Int8Description& description) : d_(description) {}

  std::string_view id() const override { return d_.id; }
  Verdict applicable(const GemmProblem& problem, const DeviceTraits& device) const override {
    if (gemm::packed_format(problem.b) == nullptr)
      return Verdict::no(Refusal::kDtype, "multiplies block-quantised weights only");
    return d_.check(device.cpu);
  }
  double estimate_seconds(const GemmProblem& problem, const DeviceTraits& device) const override {
    const Work work = work_of(problem);
    return (static_cast<double>(work.bytes) / d_.bytes_per_second +
            static_cast<double>(work.flops) / d_.flops_per_second) /
           device.threads;
  }
  Result<std::unique_ptr<GemmKernel>> prepare(const GemmProblem& problem,
                                              const DeviceTraits&) const override {
    return std::make_unique<Int8Kernel>(problem, *gemm::packed_format(problem.b), d_.kernels());
  }

 private:
  Int8Description d_;
};

Verdict check_vnni(const CpuFeatures& cpu) {
  if (!cpu.avx512 || !cpu.avx512_vnni) return Verdict::no(Refusal::kMissingIsa, "needs AVX-512 with VNNI");
  return Verdict::yes();
}
Verdict check_avx2(const CpuFeatures& cpu) {
  return check_isa(IsaLevel::kAvx2, cpu);
}
Verdict check_generic(const CpuFeatures&) {
  return Verdict::yes();
}

}  // namespace

const GemmSolver& gemm_avx512_vnni_n16() {
  static const Int8Solver solver({.id = "avx512_vnni_n16",
                                  .check = &check_vnni,
                                  .kernels = &gemm::int8_avx512,
                                  .bytes_per_second = 20e9,
                                  .flops_per_second = 300e9});
  return solver;
}

const GemmSolver& gemm_avx2_i8_n16() {
  static const Int8Solver solver({.id = "avx2_i8_n16",
                                  .check = &check_avx2,
                                  .kernels = &gemm::int8_avx2,
                                  .bytes_per_second = 16e9,
                                  .flops_per_second = 100e9});
  return solver;
}

const GemmSolver& gemm_generic_i8_n16() {
  static const Int8Solver solver({.id = "generic_i8_n16",
                                  .check = &check_generic,
                                  .kernels = &gemm::int8_generic,
                                  .bytes_per_second = 6e9,
                                  .flops_per_second = 20e9});
  return solver;
}

}  // namespace nagare
