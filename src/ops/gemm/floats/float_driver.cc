// Float weights times float32 activations: interleaving and sharing out the work. The inner loops are those
// of an instruction set (float_tile.h).
#include <algorithm>

#include "ops/gemm/floats/float_panels.h"
#include "ops/gemm/gemm_solvers.h"
#include "ops/gemm/share_out.h"
#include "solve/isa_solver.h"

namespace nagare {
namespace {

using gemm::kFloatPanelRows;

constexpr int64_t kPackPartElements = 64 << 10;

class FloatKernel final : public GemmKernel {
 public:
  FloatKernel(const GemmProblem& problem, const gemm::FloatTileSet& tiles)
      : p_(problem), tiles_(tiles), panels_(problem), tile_floats_(problem.k * tiles.max_rows) {}

  std::string_view weight_layout() const override { return panels_.layout(); }
  int64_t packed_bytes() const override { return panels_.bytes(); }
  void pack(std::span<const TensorView> parts, std::byte* dst, const Stream& stream) const override {
    panels_.pack(parts, dst, stream);
  }

  int64_t workspace_bytes(int64_t max_rows, int) const override {
    return tile_count(max_rows) * tile_floats_ * static_cast<int64_t>(sizeof(float));
  }

  void run(const Stream& stream, const GemmArguments& a) const override {
    // A single row is its own tile.
    if (a.rows > 1) interleave(stream, a);
    const gemm::TileGrid grid{.panels = panels_.count(),
                              .tiles = tile_count(a.rows),
                              .panels_at_once = tiles_.panels_at_once,
                              .panel_bytes = panels_.panel_bytes(),
                              .tile_bytes = tile_floats_ * static_cast<int64_t>(sizeof(float))};
    gemm::share_out(stream, grid,
                    [&](int64_t tile, int64_t begin, int64_t end) { multiply_tile(a, tile, begin, end); });
  }

 private:
  int64_t tile_count(int64_t rows) const { return (rows + tiles_.max_rows - 1) / tiles_.max_rows; }
  int rows_of_tile(int64_t rows, int64_t tile) const {
    return static_cast<int>(std::min<int64_t>(tiles_.max_rows, rows - tile * tiles_.max_rows));
  }
  float* tile_at(const GemmArguments& a, int64_t tile) const {
    return reinterpret_cast<float*>(a.workspace) + tile * tile_floats_;
  }

  // Activations of each tile as [k][M]; rows that a tile lacks become zeros.
  void interleave(const Stream& stream, const GemmArguments& a) const {
    const int64_t elements = a.rows * p_.k;
    const int64_t jobs = std::clamp<int64_t>(elements / kPackPartElements, 1, tile_count(a.rows));
    stream.parallel_for(static_cast<int>(jobs), [&](int job) {
      const Range tiles = split_range(tile_count(a.rows), 1, static_cast<int>(jobs), job);
      for (int64_t tile = tiles.begin; tile < tiles.end; ++tile) interleave_tile(a, tile);
    });
  }
  void interleave_tile(const GemmArguments& a, int64_t tile) const {
    const int rows = rows_of_tile(a.rows, tile);
    const int width = tiles_.by_rows[rows].tile_rows;
    const float* const src = a.a + tile * tiles_.max_rows * a.a_stride;
    float* const dst = tile_at(a, tile);
    constexpr int64_t kStrip = 16;
    for (int64_t begin = 0; begin < p_.k; begin += kStrip) {
      const int64_t end = std::min(p_.k, begin + kStrip);
      for (int i = 0; i < width; ++i) {
        for (int64_t k = begin; k < end; ++k) dst[k * width + i] = i < rows ? src[i * a.a_stride + k] : 0.0f;
      }
    }
  }

  void multiply_tile(const GemmArguments& a, int64_t tile, int64_t begin, int64_t end) const {
    const int64_t row = tile * tiles_.max_rows;
    gemm::FloatTask task{.panel_bytes = panels_.panel_bytes(),
                         .activations = a.rows > 1 ? tile_at(a, tile) : a.a,
                         .k = p_.k,
                         .c_stride = a.c_stride,
                         .residual_stride = a.residual_stride,
                         .rows = rows_of_tile(a.rows, tile)};
    const gemm::FloatVariant& variant = tiles_.by_rows[task.rows];
    for (int64_t panel = begin; panel < end;) {
      const int64_t column = panel * kFloatPanelRows;
      const bool many = panel + variant.panels <= end;
      task.panel = a.b + panel * panels_.panel_bytes();
      task.c = a.c + row * a.c_stride + column;
      task.columns = p_.n - column;
      if (p_.bias) task.bias = a.bias + column;
      if (p_.residual) task.residual = a.residual + row * a.residual_stride + column;
      (many ? variant.many : variant.one)(task);
      panel += many ? variant.panels : 1;
    }
  }

  GemmProblem p_;
  const gemm::FloatTileSet& tiles_;
  gemm::FloatPanels panels_;
  int64_t tile_floats_;
};

struct FloatDescription {
  std::string_view id;
  IsaLevel level;
  gemm::FloatTiles tiles;
  double bytes_per_second;  // one thread
  double flops_per_second;
};

class FloatSolver final : public GemmSolver {
 public:
  explicit FloatSolver(const FloatDescription& description) : d_(description) {}

  std::string_view id() const override { return d_.id; }
  Verdict applicable(const GemmProblem& problem, const DeviceTraits& device) const override {
    if (is_quantised(problem.b)) return Verdict::no(Refusal::kDtype, "multiplies float weights only");
    return check_isa(d_.level, device.cpu);
  }
  double estimate_seconds(const GemmProblem& problem, const DeviceTraits& device) const override {
    const Work work = work_of(problem);
    return (static_cast<double>(work.bytes) / d_.bytes_per_second +
            static_cast<double>(work.flops) / d_.flops_per_second) /
           device.threads;
  }
  Result<std::unique_ptr<GemmKernel>> prepare(const GemmProblem& problem,
                                              const DeviceTraits&) const override {
    return std::make_unique<FloatKernel>(problem, d_.tiles(problem.b));
  }

 private:
  FloatDescription d_;
};

}  // namespace

const GemmSolver& gemm_avx512_f32_n16() {
  static const FloatSolver solver({.id = "avx512_f32_n16",
                                   .level = IsaLevel::kAvx512,
                                   .tiles = &gemm::float_tiles_avx512,
                                   .bytes_per_second = 20e9,
                                   .flops_per_second = 100e9});
  return solver;
}

const GemmSolver& gemm_avx2_f32_n16() {
  static const FloatSolver solver({.id = "avx2_f32_n16",
                                   .level = IsaLevel::kAvx2,
                                   .tiles = &gemm::float_tiles_avx2,
                                   .bytes_per_second = 18e9,
                                   .flops_per_second = 80e9});
  return solver;
}

const GemmSolver& gemm_generic_f32_n16() {
  static const FloatSolver solver({.id = "generic_f32_n16",
                                   .level = IsaLevel::kGeneric,
                                   .tiles = &gemm::float_tiles_generic,
                                   .bytes_per_second = 8e9,
                                   .flops_per_second = 10e9});
  return solver;
}

}  // namespace nagare
