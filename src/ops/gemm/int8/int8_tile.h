// Between the int8 driver and the kernels of an instruction set: a tile is up to 12 rows of activations times
// one panel of 16 weight rows, over the whole of k.
//
// Activations are quantised per row in blocks of 32: scale = max|x| / 127, q = x / scale rounded to nearest
// even. A tile's blocks lie one after the other, M rows interleaved:
//
//   int8  q[8 groups][M][4 k]      what a vector dot product broadcasts
//   f32   scale[M]
//   i32   start[halves][M]         -offset · Σq of the block (half): where an integer sum starts, so that
//   codes
//                                  need not be made signed
//   f32   sum[halves][M]           scale · Σq, for formats with a minimum
//
// An output is, block after block in this order, the same in every tile size:
//   sum += (float(start + Σ code·q) · weight_scale) · scale;  sum += minimum · (scale · Σq)
// with fused multiply-adds where the instruction set has them (halves: their two products are summed first).
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/gemm/packed/packed_format.h"

namespace nagare::gemm {

inline constexpr int kMaxTileRows = 12;

constexpr int64_t activation_block_bytes(ScaleKind scales, int tile_rows) {
  return tile_rows * (kBlock + 4 + 4 * halves(scales) * (has_minimum(scales) ? 2 : 1));
}

struct QuantiseTask {
  const float* a = nullptr;  // the tile's first row
  int64_t a_stride = 0;
  int rows = 0;       // rows there are; the others of the tile become zeros
  int tile_rows = 0;  // M
  int64_t block_begin = 0;
  int64_t block_end = 0;
  ScaleKind scales = ScaleKind::kHalf;
  int offset = 0;
  std::byte* tile = nullptr;
};

struct TileTask {
  const std::byte* panel = nullptr;  // the first
  int64_t panel_bytes = 0;
  const std::byte* activations = nullptr;
  int64_t blocks = 0;  // k / 32
  float* c = nullptr;
  int64_t c_stride = 0;
  const float* bias = nullptr;      // null: none
  const float* residual = nullptr;  // null: none
  int64_t residual_stride = 0;
  int rows = 0;  // rows and columns there are; the others are not stored
  int columns = 0;
  bool from_memory = false;  // the panel is in no cache yet: ask for it ahead
  float scale_unit = 1.0f;
  const uint8_t* table = nullptr;  // 16 entries, for kTable
};
using TileFunction = void (*)(const TileTask&);

// What to call for so many rows: M, and functions for `panels` panels and for one.
struct TileVariant {
  int tile_rows = 0;
  int panels = 1;
  TileFunction many = nullptr;
  TileFunction one = nullptr;
};
struct TileSet {
  int max_rows = 0;                       // up to here a single tile takes all rows
  int many_rows = 0;                      // of a tile where there are more
  int panels_at_once = 1;                 // the most of any variant
  TileVariant by_rows[kMaxTileRows + 1];  // index: rows there are (1 … max_rows)
};

// What an instruction set brings. tiles(): null where the combination does not occur.
struct Int8Kernels {
  void (*quantise)(const QuantiseTask&) = nullptr;
  const TileSet* (*tiles)(CodeKind, ScaleKind) = nullptr;
};

// A set of tiles from a list of shapes, by rising number of rows: `Make` is a template over rows and panels
// with a static `run`.
template <int kRows, int kPanels>
struct Shape {};
template <template <int, int> class Make, int... kRows, int... kPanels>
constexpr TileSet make_tile_set(int many_rows, Shape<kRows, kPanels>...) {
  TileSet set{.many_rows = many_rows};
  int rows = 1;
  const auto add = [&](int size, int panels, TileFunction many, TileFunction one) {
    for (; rows <= size; ++rows) set.by_rows[rows] = {size, panels, many, one};
    set.max_rows = size;
    set.panels_at_once = panels > set.panels_at_once ? panels : set.panels_at_once;
  };
  (add(kRows, kPanels, &Make<kRows, kPanels>::run, &Make<kRows, 1>::run), ...);
  return set;
}

}  // namespace nagare::gemm
