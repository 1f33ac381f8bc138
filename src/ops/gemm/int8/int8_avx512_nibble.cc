#include "ops/gemm/int8/int8_avx512.h"
#include "ops/gemm/int8/int8_avx512_tiles.h"

namespace nagare::gemm::avx512 {

const TileSet* nibble_tiles(ScaleKind scales) {
  return gemm::nibble_tiles<Set>(scales);
}

}  // namespace nagare::gemm::avx512
