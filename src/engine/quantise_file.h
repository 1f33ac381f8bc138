// A model file written anew with other types of weights: for `nagare quantize`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/quantise_mixture.h"

namespace nagare {

struct QuantiseOptions {
  QuantiseTarget target;
  int threads = 0;                // 0: one per usable core
  bool dry_run = false;           // compute and report, write nothing
  bool allow_requantise = false;  // take weights that are quantised already
  // Called now and then with the bytes of the input that are done, of all.
  std::function<void(int64_t done, int64_t all)> progress;
};

struct QuantisedTensor {
  std::string name;
  DType from = DType::kF32;
  DType to = DType::kF32;
  int64_t elements = 0;
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  std::optional<double>
      error;  // relative root mean square: |after - before| / |before|; none where only copied
};

struct QuantiseReport {
  std::vector<QuantisedTensor> tensors;  // in the file's order
  int64_t bytes_before = 0;              // of the tensors together
  int64_t bytes_after = 0;
  int64_t elements = 0;
  double bits_per_weight() const {
    return 8.0 * static_cast<double>(bytes_after) / static_cast<double>(elements);
  }
};

// Reads `in` (any part of a split model: the result is one file) and writes `out`, whole or not at all. All
// metadata is kept but for general.file_type and general.quantization_version, which say what was done, and
// split.*. Refused: `out` naming the input; NaN, infinities and weights that the type cannot hold; weights
// that are quantised already, unless allowed.
Result<QuantiseReport> quantise_file(const std::filesystem::path& in, const std::filesystem::path& out,
                                     const QuantiseOptions& options);

}  // namespace nagare
