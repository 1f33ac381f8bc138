// Random weight matrices of any element type, for trials and tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tensor/dtype.h"

namespace nagare {

// n rows of k elements as they would lie in a file: numbers of about ±1 for the float types; random blocks
// whose scales are tame (all quants and sub-scales random) for the quantised ones.
std::vector<std::byte> random_weights(DType dtype, int64_t n, int64_t k, uint64_t seed);

}  // namespace nagare
