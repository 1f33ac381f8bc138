// The tiles for AVX-512, by kind of code; null for combinations that no type has. For int8_avx512.cc alone.
#pragma once

#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm::avx512 {

const TileSet* nibble_tiles(ScaleKind scales);
const TileSet* table_tiles(ScaleKind scales);
const TileSet* wide_tiles(CodeKind codes, ScaleKind scales);  // more than four bits

}  // namespace nagare::gemm::avx512
