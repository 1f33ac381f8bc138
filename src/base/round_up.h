#pragma once

#include <cstdint>

namespace nagare {

// The smallest multiple of `unit` (positive) that is not below `value` (not negative).
constexpr int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace nagare
