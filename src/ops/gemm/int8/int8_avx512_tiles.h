// The tiles for AVX-512, by kind of code, in a file each so that they compile side by side. For
// int8_avx512.cc alone.
#pragma once

#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm::avx512 {

const TileSet* nibble_tiles(ScaleKind scales);                // q4_0, q4_1, q2_K, q3_K, q4_K, ternary types
const TileSet* table_tiles(ScaleKind scales);                 // iq4_nl, iq4_xs, FP4 and codebook types
const TileSet* wide_tiles(CodeKind codes, ScaleKind scales);  // q5_0, q5_1, q5_K, q6_K, q8_0

}  // namespace nagare::gemm::avx512
