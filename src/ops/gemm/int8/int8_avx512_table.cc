#include "ops/gemm/int8/int8_avx512.h"
#include "ops/gemm/int8/int8_avx512_tiles.h"

namespace nagare::gemm::avx512 {

const TileSet* table_tiles(ScaleKind scales) {
  return gemm::table_tiles<Set>(scales);
}

}  // namespace nagare::gemm::avx512
