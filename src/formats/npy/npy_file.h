// NumPy's array files (.npy): read for tests, written by `nagare logits`. float32, float64 and int32,
// little-endian, in C order; everything else is refused by name. Format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/result.h"
#include "tensor/tensor_view.h"

namespace nagare {

struct NpyArray {
  DType dtype = DType::kF32;  // kF32, kF64 or kI32
  Shape shape;
  std::vector<std::byte> data;

  // The numbers, converted to float32 or float64.
  std::vector<float> to_f32() const;
  std::vector<double> to_f64() const;
};

Result<NpyArray> read_npy(const std::filesystem::path& path);
Result<NpyArray> parse_npy(std::span<const std::byte> file);

// Writes float32 piece by piece, for arrays that need not be in memory at once. The file appears with
// commit(), whole.
class NpyWriter {
 public:
  static Result<NpyWriter> create(const std::filesystem::path& path, const Shape& shape);
  // The next numbers in C order.
  Status append(std::span<const float> values);
  // Fails if numbers are missing or were too many.
  Status commit();

 private:
  NpyWriter(AtomicFile file, int64_t elements) : file_(std::move(file)), missing_(elements) {}

  AtomicFile file_;
  int64_t missing_;  // numbers that are still to come
};

// `values` holds shape.elements() numbers. The file appears whole or not at all.
Status write_npy(const std::filesystem::path& path, const Shape& shape, std::span<const float> values);

}  // namespace nagare
