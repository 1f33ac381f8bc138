// Element types: plain numbers and the block-quantised types of GGUF. Data only; nothing here computes.
//
// A block type stores `block_elements` consecutive elements of a row in `block_bytes` bytes; a row is a whole
// number of blocks. Names and numbers are those of GGUF (ggml's type enumeration, the public file format).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nagare {

enum class DType : uint8_t {
  kF32,
  kF16,
  kBF16,
  kF64,
  kI8,
  kI16,
  kI32,
  kI64,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ1_S,
  kIQ1_M,
  kIQ2_XXS,
  kIQ2_XS,
  kIQ2_S,
  kIQ3_XXS,
  kIQ3_S,
  kIQ4_NL,
  kIQ4_XS,
  kTQ1_0,
  kTQ2_0,
  kMXFP4,
  kNVFP4,
};

struct DTypeTraits {
  DType dtype;
  std::string_view name;  // as printed in problem lines and by `nagare show`: "f32", "q4_K"
  int block_elements;     // 1 for plain types
  int block_bytes;
  int gguf_type;  // the number in a GGUF file
};

// All types, in the order of the enumeration.
std::span<const DTypeTraits> all_dtypes();

const DTypeTraits& traits(DType dtype);
std::optional<DType> dtype_from_name(std::string_view name);
std::optional<DType> dtype_from_gguf(uint32_t gguf_type);

inline std::string_view name(DType dtype) {
  return traits(dtype).name;
}
inline bool is_quantised(DType dtype) {
  return traits(dtype).block_elements > 1;
}

// Bytes of a row of `elements`, which must be a multiple of the block and small enough not to overflow.
inline int64_t row_bytes(DType dtype, int64_t elements) {
  const DTypeTraits& t = traits(dtype);
  return elements / t.block_elements * t.block_bytes;
}

}  // namespace nagare
