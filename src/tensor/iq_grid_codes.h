// Turns the compact codebook tables (16 bits an entry) into bytes, when the program is compiled. Only the
// iq*_grids.cc files include it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "tensor/iq_grids.h"

namespace nagare {

template <size_t kWidth, class Element, size_t kLevels, size_t kCount>
consteval IqGrid<Element, kWidth, kCount> expand_codes(const std::array<uint16_t, kCount>& codes,
                                                       const std::array<Element, kLevels>& levels) {
  constexpr size_t kBits = std::bit_width(kLevels - 1);
  IqGrid<Element, kWidth, kCount> grid{};
  for (size_t entry = 0; entry < kCount; ++entry) {
    for (size_t i = 0; i < kWidth; ++i) {
      grid[entry][i] = levels.at((codes[entry] >> (kBits * i)) & ((1u << kBits) - 1));
    }
  }
  return grid;
}

}  // namespace nagare
