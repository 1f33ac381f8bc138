// Float32 to the types that we write: the reference quantisation of a row, without calibration data. Used by
// `nagare quantize` and by tests; it is not in the path of a token.
//
// f16, bf16, q8_0, q4_0, q4_1, q5_0 and q5_1 give the very bytes of llama.cpp's reference quantisation. The K
// types use our own search, held to at most its error by the tests.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace nagare {

// f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_K, q5_K, q6_K.
bool can_quantise(DType dtype);

// `elements` numbers, a multiple of the block, to row_bytes(dtype, elements) bytes. A type that
// can_quantise() denies writes nothing. NaN or an infinity spoils its own block and no other.
void quantise_row(DType dtype, const float* src, std::byte* dst, int64_t elements);

}  // namespace nagare
