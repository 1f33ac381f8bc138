#include "formats/gguf/check_finite.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>

#include "base/printable.h"
#include "tensor/blocks.h"
#include "tensor/dequantise.h"

namespace nagare {
namespace {

constexpr int64_t kChunkElements = 4096;  // a multiple of every block

// Whether all are finite, without a branch per number.
bool all_finite(std::span<const float> values) {
  constexpr uint32_t kExponent = 0x7f800000u;
  uint32_t found = 0;
  for (const float value : values)
    found |= (std::bit_cast<uint32_t>(value) & kExponent) == kExponent ? 1u : 0u;
  return found == 0;
}

// Where the half-precision fields of a block lie. In these types every number is a field times small
// integers, which cannot overflow float32: finite fields mean finite numbers.
struct HalfFields {
  DType dtype;
  size_t offset;
  bool has_second;  // right behind the first
};
constexpr HalfFields kHalfFields[] = {
    {DType::kF16, 0, false},
    {DType::kQ4_0, offsetof(BlockQ4_0, scale_f16), false},
    {DType::kQ4_1, offsetof(BlockQ4_1, scale_f16), true},
    {DType::kQ5_0, offsetof(BlockQ5_0, scale_f16), false},
    {DType::kQ5_1, offsetof(BlockQ5_1, scale_f16), true},
    {DType::kQ8_0, offsetof(BlockQ8_0, scale_f16), false},
    {DType::kQ2_K, offsetof(BlockQ2_K, scale_f16), true},
    {DType::kQ3_K, offsetof(BlockQ3_K, scale_f16), false},
    {DType::kQ4_K, offsetof(BlockQ4_K, scale_f16), true},
    {DType::kQ5_K, offsetof(BlockQ5_K, scale_f16), true},
    {DType::kQ6_K, offsetof(BlockQ6_K, scale_f16), false},
    {DType::kIQ4_NL, offsetof(BlockIQ4_NL, scale_f16), false},
    {DType::kIQ4_XS, offsetof(BlockIQ4_XS, scale_f16), false},
};
static_assert(offsetof(BlockQ2_K, minimum_f16) == offsetof(BlockQ2_K, scale_f16) + 2);
static_assert(offsetof(BlockQ4_K, minimum_f16) == offsetof(BlockQ4_K, scale_f16) + 2);

bool is_finite_f16(const std::byte* bits) {
  uint16_t half;
  std::memcpy(&half, bits, sizeof half);
  return (half & 0x7c00u) != 0x7c00u;
}

// The first element of the first block with a field that is not finite.
std::optional<int64_t> first_bad_block(const TensorView& view, const HalfFields& fields) {
  const DTypeTraits& t = traits(view.dtype);
  const std::byte* field = view.data + fields.offset;
  const int64_t elements = view.shape.elements();
  for (int64_t at = 0; at < elements; at += t.block_elements, field += t.block_bytes) {
    if (!is_finite_f16(field) || (fields.has_second && !is_finite_f16(field + 2))) return at;
  }
  return std::nullopt;
}

// The first element that is not finite, by conversion to float32: any type.
std::optional<int64_t> first_bad_element(const TensorView& view) {
  alignas(64) std::array<float, kChunkElements> chunk;
  const int64_t elements = view.shape.elements();
  for (int64_t at = 0; at < elements; at += kChunkElements) {
    const int64_t count = std::min(kChunkElements, elements - at);
    dequantise_row(view.dtype, view.data + row_bytes(view.dtype, at), chunk.data(), count);
    const std::span<const float> values(chunk.data(), static_cast<size_t>(count));
    if (all_finite(values)) continue;
    const auto bad = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
    return at + (bad - values.begin());
  }
  return std::nullopt;
}

std::optional<int64_t> first_not_finite(const TensorView& view) {
  const auto* fields = std::ranges::find(kHalfFields, view.dtype, &HalfFields::dtype);
  return fields == std::end(kHalfFields) ? first_bad_element(view) : first_bad_block(view, *fields);
}

}  // namespace

Status check_finite(const GgufFile& file) {
  for (const GgufTensor& tensor : file.tensors()) {
    const auto element = first_not_finite(tensor.view);
    if (file.damaged()) return failure("gguf: the file became shorter while it was read");
    if (!element) {
      file.release_pages(tensor);
      continue;
    }
    const int64_t width = tensor.view.shape.row_elements();
    return bad_input("gguf: tensor '{}' holds NaN or an infinity (row {}, element {}); the file is damaged",
                     printable(tensor.name), *element / width, *element % width);
  }
  return {};
}

}  // namespace nagare
