// Between the driver for float weights and the kernels of an instruction set: a tile is up to 12 rows of
// activations times one or a few panels of 16 weight rows, over the whole of k.
//
// A panel is [k][16] numbers of the weights' type; a tile of activations [k][M] float32. An output is the sum
// over k in order, each step one fused multiply-add (two roundings where the instruction set has none): the
// same in every tile size. Rows beyond n are zeros.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace nagare::gemm {

inline constexpr int kFloatPanelRows = 16;
inline constexpr int kMaxFloatTileRows = 12;

struct FloatTask {
  const std::byte* panel = nullptr;  // the first
  int64_t panel_bytes = 0;
  const float* activations = nullptr;
  int64_t k = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
  const float* bias = nullptr;      // null: none
  const float* residual = nullptr;  // null: none
  int64_t residual_stride = 0;
  int rows = 0;  // rows and columns there are; the others are not stored
  int64_t columns = 0;
};
using FloatFunction = void (*)(const FloatTask&);

// What to call for so many rows: M, and functions for `panels` panels and for one.
struct FloatVariant {
  int tile_rows = 0;
  int panels = 1;
  FloatFunction many = nullptr;
  FloatFunction one = nullptr;
};
struct FloatTileSet {
  int max_rows = 0;
  int panels_at_once = 1;                       // the most of any variant
  FloatVariant by_rows[kMaxFloatTileRows + 1];  // index: rows there are (1 … max_rows)
};

// The tiles of an instruction set for f32, f16 or bf16 weights.
using FloatTiles = const FloatTileSet& (*)(DType);
const FloatTileSet& float_tiles_avx512(DType dtype);
const FloatTileSet& float_tiles_avx2(DType dtype);
const FloatTileSet& float_tiles_generic(DType dtype);

}  // namespace nagare::gemm
