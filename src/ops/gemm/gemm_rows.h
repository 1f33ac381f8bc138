// Stacking the parts of a weight matrix: what every pack() starts from.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>

#include "runtime/device.h"
#include "tensor/tensor_view.h"

namespace nagare {

// Row `row` of the parts stacked along n.
inline const std::byte* stacked_row(std::span<const TensorView> parts, int64_t row) {
  for (const TensorView& part : parts) {
    const int64_t rows = part.shape.rows();
    if (row < rows) return part.row(row);
    row -= rows;
  }
  return nullptr;
}

// The parts one after the other, as the layout "rows" wants them.
inline void copy_rows(std::span<const TensorView> parts, std::byte* dst) {
  for (const TensorView& part : parts) {
    std::memcpy(dst, part.data, static_cast<size_t>(part.bytes()));
    dst += part.bytes();
  }
}

}  // namespace nagare
