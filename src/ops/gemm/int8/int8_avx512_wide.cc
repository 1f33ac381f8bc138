#include "ops/gemm/int8/int8_avx512.h"
#include "ops/gemm/int8/int8_avx512_tiles.h"

namespace nagare::gemm::avx512 {

const TileSet* wide_tiles(CodeKind codes, ScaleKind scales) {
  return gemm::wide_tiles<Set>(codes, scales);
}

}  // namespace nagare::gemm::avx512
