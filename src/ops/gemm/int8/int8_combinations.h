// The combinations of codes and scales that occur (packed_format.cc), in one place for every instruction set:
// calls Set::get<codes, scales>() and gives what it returns; null for others.
#pragma once

#include "ops/gemm/int8/int8_tile.h"

namespace nagare::gemm {

template <class Set>
const TileSet* nibble_tiles(ScaleKind scales) {
  switch (scales) {
    case ScaleKind::kHalf:
      return Set::template get<CodeKind::kNibble, ScaleKind::kHalf>();
    case ScaleKind::kHalfMin:
      return Set::template get<CodeKind::kNibble, ScaleKind::kHalfMin>();
    case ScaleKind::kSuper32:
      return Set::template get<CodeKind::kNibble, ScaleKind::kSuper32>();
    case ScaleKind::kSuper32Min:
      return Set::template get<CodeKind::kNibble, ScaleKind::kSuper32Min>();
    case ScaleKind::kSuper16:
      return Set::template get<CodeKind::kNibble, ScaleKind::kSuper16>();
    case ScaleKind::kSuper16Min:
      return Set::template get<CodeKind::kNibble, ScaleKind::kSuper16Min>();
    default:
      return nullptr;
  }
}

template <class Set>
const TileSet* table_tiles(ScaleKind scales) {
  switch (scales) {
    case ScaleKind::kHalf:
      return Set::template get<CodeKind::kTable, ScaleKind::kHalf>();
    case ScaleKind::kBrain:
      return Set::template get<CodeKind::kTable, ScaleKind::kBrain>();
    case ScaleKind::kBrain16:
      return Set::template get<CodeKind::kTable, ScaleKind::kBrain16>();
    case ScaleKind::kSuper32:
      return Set::template get<CodeKind::kTable, ScaleKind::kSuper32>();
    case ScaleKind::kSuper16:
      return Set::template get<CodeKind::kTable, ScaleKind::kSuper16>();
    default:
      return nullptr;
  }
}

// More than four bits.
template <class Set>
const TileSet* wide_tiles(CodeKind codes, ScaleKind scales) {
  if (codes == CodeKind::kByte && scales == ScaleKind::kHalf)
    return Set::template get<CodeKind::kByte, ScaleKind::kHalf>();
  if (codes == CodeKind::kSix && scales == ScaleKind::kSuper16)
    return Set::template get<CodeKind::kSix, ScaleKind::kSuper16>();
  if (codes != CodeKind::kFive) return nullptr;
  switch (scales) {
    case ScaleKind::kHalf:
      return Set::template get<CodeKind::kFive, ScaleKind::kHalf>();
    case ScaleKind::kHalfMin:
      return Set::template get<CodeKind::kFive, ScaleKind::kHalfMin>();
    case ScaleKind::kSuper32Min:
      return Set::template get<CodeKind::kFive, ScaleKind::kSuper32Min>();
    default:
      return nullptr;
  }
}

}  // namespace nagare::gemm
