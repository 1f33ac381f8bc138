// Activations to int8, written once over what an instruction set brings:
//   Isa::quantise_block(const float* x, int8_t q[32], BlockSums&)   the scale, the quants and their sums
// Included by the files that are compiled for an instruction set.
#pragma once

#include <cstring>

#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm {

// Blocks whose largest magnitude is below this count as zero: 1 / scale must stay finite.
inline constexpr float kTinyActivation = 1e-30f;

struct BlockSums {
  float scale;
  int32_t low;   // Σq of the first 16
  int32_t high;  // of the last 16
};

template <class Isa>
void quantise_tile(const QuantiseTask& task) {
  const int count = halves(task.scales);
  const int rows = task.tile_rows;
  const int64_t block_bytes = activation_block_bytes(task.scales, rows);
  alignas(64) int8_t quants[kBlock];
  for (int64_t block = task.block_begin; block < task.block_end; ++block) {
    std::byte* const dst = task.tile + block * block_bytes;
    auto* const scales = reinterpret_cast<float*>(dst + rows * kBlock);
    auto* const starts = reinterpret_cast<int32_t*>(scales + rows);
    auto* const sums = reinterpret_cast<float*>(starts + count * rows);
    if (task.rows < rows) std::memset(dst, 0, static_cast<size_t>(block_bytes));
    for (int i = 0; i < task.rows; ++i) {
      BlockSums block_sums;
      Isa::quantise_block(task.a + i * task.a_stride + block * kBlock, quants, block_sums);
      for (int g = 0; g < kGroups; ++g) std::memcpy(dst + (g * rows + i) * 4, quants + 4 * g, 4);
      const float scale = block_sums.scale;
      scales[i] = scale;
      const int32_t first = count == 1 ? block_sums.low + block_sums.high : block_sums.low;
      starts[i] = -task.offset * first;
      if (has_minimum(task.scales)) sums[i] = scale * static_cast<float>(first);
      if (count == 1) continue;
      starts[rows + i] = -task.offset * block_sums.high;
      if (has_minimum(task.scales)) sums[rows + i] = scale * static_cast<float>(block_sums.high);
    }
  }
}

}  // namespace nagare::gemm
