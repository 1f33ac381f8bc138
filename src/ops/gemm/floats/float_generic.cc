// 16 columns × 2 rows of plain C++: 8 sums of four lanes where the compiler makes SSE2 of it.
#include <cstring>

#include "base/simd/generic.h"
#include "ops/gemm/floats/float_kernel.h"
#include "tensor/half.h"

namespace nagare::gemm {
namespace {

using namespace float_kernel;

struct Generic {
  using V = simd::generic::F32;
  static V load(const std::byte* p, F32Weights) { return V::load(reinterpret_cast<const float*>(p)); }
  static V load(const std::byte* p, F16Weights) { return convert(p, f16_to_f32); }
  static V load(const std::byte* p, BF16Weights) { return convert(p, bf16_to_f32); }
  static void prefetch(const std::byte*) {}

 private:
  template <class F>
  static V convert(const std::byte* p, F to_f32) {
    uint16_t bits[V::kLanes];
    std::memcpy(bits, p, sizeof bits);
    V v;
    for (int i = 0; i < V::kLanes; ++i) v.lane[i] = to_f32(bits[i]);
    return v;
  }
};

}  // namespace

const FloatTileSet& float_tiles_generic(DType dtype) {
  return tiles<Generic, Shape<1, 1>, Shape<2, 1>, Shape<4, 1>>(dtype);
}

}  // namespace nagare::gemm
