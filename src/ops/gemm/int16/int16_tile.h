// Between the driver for half-precision weights in fixed point and the kernels of an instruction set.
//
// A dot product of 16-bit integers takes half the time of multiply-adds on float32. So for many rows, weights
// (f16, bf16, where they lie) and activations become integers in blocks of 32 k with a float32 scale each:
//   weights      q = w / scale, scale = max|w| / 4095     12 bits and a sign
//   activations  q = x / scale, scale = max|x| / 16383    14 bits and a sign
// rounded to nearest even. A block's 32 products add up to less than 2^31, exactly. An output is, block after
// block:
//   sum += (float(Σ w·x) · weight_scale) · scale
// with a fused multiply-add. On normally distributed inputs its error is 1.7e-4 of the outputs' root mean
// square, with every 61st activation ten times larger 1.8e-4; of activations rounded to f16, which others
// multiply with, it is 2.1e-4 (tests/ops/gemm checks the order).
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace nagare::gemm {

inline constexpr int kInt16Block = 32;    // k of a block
inline constexpr int kInt16Columns = 32;  // of a unit: two panels of floats/float_tile.h
inline constexpr int kInt16TileRows = 6;
inline constexpr float kLargestWeight = 4095;
inline constexpr float kLargestActivation = 16383;
static_assert(int64_t{32} * 4095 * 16383 < (int64_t{1} << 31));

// A block of a unit: int16 [16 pairs of k][32 columns][2], f32 scale[32].
inline constexpr int64_t kInt16UnitBlockBytes = kInt16Block * kInt16Columns * 2 + kInt16Columns * 4;
// A block of a tile of M rows: int16 [16 pairs of k][M][2], f32 scale[M].
constexpr int64_t int16_tile_block_bytes(int tile_rows) {
  return tile_rows * (kInt16Block * 2 + 4);
}

// Weights of 32 columns to integers. k that the last block lacks become zeros.
struct Int16UnitTask {
  const std::byte* panels[2] = {};  // [k][16] each; the second may be null: zeros
  int64_t k = 0;
  DType dtype = DType::kF16;  // or kBF16
  std::byte* unit = nullptr;
};

// `rows` rows of activations to integers, as a tile of that many.
struct Int16QuantiseTask {
  const float* a = nullptr;
  int64_t a_stride = 0;
  int rows = 0;
  int64_t k = 0;
  std::byte* tile = nullptr;
};

struct Int16Task {
  const std::byte* unit = nullptr;
  const std::byte* tile = nullptr;
  int64_t blocks = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
  const float* bias = nullptr;      // null: none
  const float* residual = nullptr;  // null: none
  int64_t residual_stride = 0;
  int columns = 0;  // 1 … 32
};

struct Int16Kernels {
  void (*convert)(const Int16UnitTask&) = nullptr;
  void (*quantise)(const Int16QuantiseTask&) = nullptr;
  void (*multiply[kInt16TileRows + 1])(const Int16Task&) = {};  // index: rows
};
const Int16Kernels& int16_avx512();

}  // namespace nagare::gemm
