// Shared by the quantise_*.cc files: rounding, and the K types that quantise_k.cc offers to quantise.cc.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace nagare::internal {

using QuantiseRow = void (*)(const float* src, std::byte* dst, int64_t elements);

// `value` without its fraction, within [low, high]; NaN gives `low`.
inline int truncate_within(float value, int low, int high) {
  return static_cast<int>(std::min(static_cast<float>(high), std::max(static_cast<float>(low), value)));
}

extern const QuantiseRow kQuantiseQ4_K, kQuantiseQ5_K, kQuantiseQ6_K;

}  // namespace nagare::internal
