// iq4_nl, iq4_xs, the FP4 types and the codebook types.
#include "ops/gemm/int8/int8_avx512.h"
#include "ops/gemm/int8/int8_avx512_tiles.h"

namespace nagare::gemm::avx512 {

const TileSet* table_tiles(ScaleKind scales) {
  switch (scales) {
    case ScaleKind::kHalf:
      return tile_set<CodeKind::kTable, ScaleKind::kHalf>();
    case ScaleKind::kBrain:
      return tile_set<CodeKind::kTable, ScaleKind::kBrain>();
    case ScaleKind::kBrain16:
      return tile_set<CodeKind::kTable, ScaleKind::kBrain16>();
    case ScaleKind::kSuper32:
      return tile_set<CodeKind::kTable, ScaleKind::kSuper32>();
    case ScaleKind::kSuper16:
      return tile_set<CodeKind::kTable, ScaleKind::kSuper16>();
    default:
      return nullptr;
  }
}

}  // namespace nagare::gemm::avx512
