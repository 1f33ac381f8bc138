// q4_0, q4_1, q2_K, q3_K, q4_K and the ternary types.
#include "ops/gemm/int8/int8_avx512.h"
#include "ops/gemm/int8/int8_avx512_tiles.h"

namespace nagare::gemm::avx512 {

const TileSet* nibble_tiles(ScaleKind scales) {
  switch (scales) {
    case ScaleKind::kHalf:
      return tile_set<CodeKind::kNibble, ScaleKind::kHalf>();
    case ScaleKind::kHalfMin:
      return tile_set<CodeKind::kNibble, ScaleKind::kHalfMin>();
    case ScaleKind::kSuper32:
      return tile_set<CodeKind::kNibble, ScaleKind::kSuper32>();
    case ScaleKind::kSuper32Min:
      return tile_set<CodeKind::kNibble, ScaleKind::kSuper32Min>();
    case ScaleKind::kSuper16:
      return tile_set<CodeKind::kNibble, ScaleKind::kSuper16>();
    case ScaleKind::kSuper16Min:
      return tile_set<CodeKind::kNibble, ScaleKind::kSuper16Min>();
    default:
      return nullptr;
  }
}

}  // namespace nagare::gemm::avx512
