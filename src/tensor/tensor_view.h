// A named, typed, shaped look at bytes that somebody else owns. Row-major: dims[0] is the outermost.
// (GGUF stores dimensions innermost first; its reader turns them round.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/dtype.h"

namespace nagare {

inline constexpr int kMaxRank = 8;

struct Shape {
  int rank = 0;
  std::array<int64_t, kMaxRank> dims{};

  Shape() = default;
  template <class... D>
    requires(sizeof...(D) >= 1)
  explicit Shape(D... d) : rank(sizeof...(D)), dims{static_cast<int64_t>(d)...} {}

  int64_t operator[](int axis) const { return dims[static_cast<size_t>(axis)]; }
  // The product of all dimensions; 1 for rank 0. Whoever made the shape checked that it does not overflow.
  int64_t elements() const {
    int64_t product = 1;
    for (int i = 0; i < rank; ++i) product *= dims[static_cast<size_t>(i)];
    return product;
  }
  // The innermost dimension and all the others multiplied: how a matrix kernel sees any tensor.
  int64_t row_elements() const { return rank == 0 ? 1 : dims[static_cast<size_t>(rank - 1)]; }
  int64_t rows() const { return row_elements() == 0 ? 0 : elements() / row_elements(); }
  bool operator==(const Shape&) const = default;
};

struct TensorView {
  DType dtype = DType::kF32;
  Shape shape;
  const std::byte* data = nullptr;  // not owned

  int64_t bytes() const { return shape.rows() * nagare::row_bytes(dtype, shape.row_elements()); }
  const std::byte* row(int64_t index) const {
    return data + index * nagare::row_bytes(dtype, shape.row_elements());
  }
};

}  // namespace nagare
