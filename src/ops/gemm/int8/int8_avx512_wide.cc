// The types of more than four bits: q5_0, q5_1, q5_K, q6_K, q8_0.
#include "ops/gemm/int8/int8_avx512.h"
#include "ops/gemm/int8/int8_avx512_tiles.h"

namespace nagare::gemm::avx512 {

const TileSet* wide_tiles(CodeKind codes, ScaleKind scales) {
  if (codes == CodeKind::kByte && scales == ScaleKind::kHalf)
    return tile_set<CodeKind::kByte, ScaleKind::kHalf>();
  if (codes == CodeKind::kSix && scales == ScaleKind::kSuper16)
    return tile_set<CodeKind::kSix, ScaleKind::kSuper16>();
  if (codes != CodeKind::kFive) return nullptr;
  switch (scales) {
    case ScaleKind::kHalf:
      return tile_set<CodeKind::kFive, ScaleKind::kHalf>();
    case ScaleKind::kHalfMin:
      return tile_set<CodeKind::kFive, ScaleKind::kHalfMin>();
    case ScaleKind::kSuper32Min:
      return tile_set<CodeKind::kFive, ScaleKind::kSuper32Min>();
    default:
      return nullptr;
  }
}

}  // namespace nagare::gemm::avx512
