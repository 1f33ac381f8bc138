// Every element type to float32, exactly: the reference that kernels, tests and the slow path stand on. The
// order of the operations is the format's own, so the bits are those of every other implementation of the
// same formula.
//
// Not a fast path: kernels unpack blocks their own way and are checked against this.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace nagare {

// `elements` numbers from `src` (any alignment) to `dst`; `elements` is a multiple of the type's block.
// Integers and f64 are rounded to nearest.
void dequantise_row(DType dtype, const std::byte* src, float* dst, int64_t elements);

// The six-bit scale and minimum of group `group` (0-7) from the 12 packed bytes of q4_K and q5_K.
struct ScaleMin {
  uint8_t scale;
  uint8_t minimum;
};
inline ScaleMin unpack_scale_min(const uint8_t* packed, int group) {
  if (group < 4) {
    return {static_cast<uint8_t>(packed[group] & 63), static_cast<uint8_t>(packed[group + 4] & 63)};
  }
  return {static_cast<uint8_t>((packed[group + 4] & 15) | ((packed[group - 4] >> 6) << 4)),
          static_cast<uint8_t>((packed[group + 4] >> 4) | ((packed[group] >> 6) << 4))};
}

// The values of a nibble: iq4_nl and iq4_xs; and twice those of FP4 E2M1 (mxfp4, nvfp4).
inline constexpr int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};
inline constexpr int8_t kFp4Values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// Half the power of two that an E8M0 exponent stands for: 2^(exponent - 128), exact down to the subnormals.
float e8m0_half_to_f32(uint8_t exponent);
// Half of an unsigned E4M3 number; 0x7f (its NaN) is 0, bit 7 is ignored otherwise, as ggml reads it.
float ue4m3_half_to_f32(uint8_t bits);

}  // namespace nagare
