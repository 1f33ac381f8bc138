#include "formats/gguf/check_finite.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <span>

#include "base/printable.h"
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

// The first element that is not finite.
std::optional<int64_t> first_not_finite(const TensorView& view) {
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

}  // namespace

Status check_finite(const GgufFile& file) {
  for (const GgufTensor& tensor : file.tensors()) {
    const auto element = first_not_finite(tensor.view);
    if (file.damaged()) return failure("gguf: the file became shorter while it was read");
    if (!element) continue;
    const int64_t width = tensor.view.shape.row_elements();
    return bad_input("gguf: tensor '{}' holds NaN or an infinity (row {}, element {}); the file is damaged",
                     printable(tensor.name), *element / width, *element % width);
  }
  return {};
}

}  // namespace nagare
