#include "tensor/dequantise.h"

#include <array>
#include <cstring>

#include "tensor/dequantise_blocks.h"
#include "tensor/half.h"

namespace nagare {
namespace {

// A plain type: one stored number to one float.
template <class Stored, class Convert>
void convert_each(const std::byte* src, float* dst, int64_t elements, Convert convert) {
  for (int64_t i = 0; i < elements; ++i) {
    Stored value;
    std::memcpy(&value, src + i * static_cast<int64_t>(sizeof value), sizeof value);
    dst[i] = convert(value);
  }
}

template <class Stored>
void cast_each(const std::byte* src, float* dst, int64_t elements) {
  convert_each<Stored>(src, dst, elements, [](Stored value) { return static_cast<float>(value); });
}

void copy_f32(const std::byte* src, float* dst, int64_t elements) {
  if (elements > 0) std::memcpy(dst, src, static_cast<size_t>(elements) * sizeof(float));
}

void widen_f16(const std::byte* src, float* dst, int64_t elements) {
  convert_each<uint16_t>(src, dst, elements, f16_to_f32);
}

void widen_bf16(const std::byte* src, float* dst, int64_t elements) {
  convert_each<uint16_t>(src, dst, elements, bf16_to_f32);
}

// nullptr for a block type.
internal::DequantiseRow plain_converter(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return copy_f32;
    case DType::kF16:
      return widen_f16;
    case DType::kBF16:
      return widen_bf16;
    case DType::kF64:
      return cast_each<double>;
    case DType::kI8:
      return cast_each<int8_t>;
    case DType::kI16:
      return cast_each<int16_t>;
    case DType::kI32:
      return cast_each<int32_t>;
    case DType::kI64:
      return cast_each<int64_t>;
    default:
      return nullptr;
  }
}

// nullptr for a plain type.
internal::DequantiseRow block_converter(DType dtype) {
  switch (dtype) {
    case DType::kQ4_0:
      return internal::kDequantiseQ4_0;
    case DType::kQ4_1:
      return internal::kDequantiseQ4_1;
    case DType::kQ5_0:
      return internal::kDequantiseQ5_0;
    case DType::kQ5_1:
      return internal::kDequantiseQ5_1;
    case DType::kQ8_0:
      return internal::kDequantiseQ8_0;
    case DType::kQ2_K:
      return internal::kDequantiseQ2_K;
    case DType::kQ3_K:
      return internal::kDequantiseQ3_K;
    case DType::kQ4_K:
      return internal::kDequantiseQ4_K;
    case DType::kQ5_K:
      return internal::kDequantiseQ5_K;
    case DType::kQ6_K:
      return internal::kDequantiseQ6_K;
    case DType::kIQ1_S:
      return internal::kDequantiseIQ1_S;
    case DType::kIQ1_M:
      return internal::kDequantiseIQ1_M;
    case DType::kIQ2_XXS:
      return internal::kDequantiseIQ2_XXS;
    case DType::kIQ2_XS:
      return internal::kDequantiseIQ2_XS;
    case DType::kIQ2_S:
      return internal::kDequantiseIQ2_S;
    case DType::kIQ3_XXS:
      return internal::kDequantiseIQ3_XXS;
    case DType::kIQ3_S:
      return internal::kDequantiseIQ3_S;
    case DType::kIQ4_NL:
      return internal::kDequantiseIQ4_NL;
    case DType::kIQ4_XS:
      return internal::kDequantiseIQ4_XS;
    case DType::kTQ1_0:
      return internal::kDequantiseTQ1_0;
    case DType::kTQ2_0:
      return internal::kDequantiseTQ2_0;
    case DType::kMXFP4:
      return internal::kDequantiseMXFP4;
    case DType::kNVFP4:
      return internal::kDequantiseNVFP4;
    default:
      return nullptr;
  }
}

}  // namespace

void dequantise_row(DType dtype, const std::byte* src, float* dst, int64_t elements) {
  const bool is_block = traits(dtype).block_elements > 1;
  (is_block ? block_converter(dtype) : plain_converter(dtype))(src, dst, elements);
}

}  // namespace nagare
