// The codebooks of the IQ types: what an index in a block stands for, eight (iq1, iq2) or four (iq3) elements
// at a time. Data of the file format; used by dequantise_iq.cc and by kernels.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace nagare {

template <class Element, size_t kWidth, size_t kCount>
using IqGrid = std::array<std::array<Element, kWidth>, kCount>;

alignas(64) extern const IqGrid<int8_t, 8, 2048> kIq1Grid;     // iq1_s, iq1_m: -1, 0, 1
alignas(64) extern const IqGrid<uint8_t, 8, 256> kIq2XxsGrid;  // iq2 types: 8, 25, 43
alignas(64) extern const IqGrid<uint8_t, 8, 512> kIq2XsGrid;
alignas(64) extern const IqGrid<uint8_t, 8, 1024> kIq2SGrid;
alignas(64) extern const IqGrid<uint8_t, 4, 256> kIq3XxsGrid;  // 4, 12 … 52, 62
alignas(64) extern const IqGrid<uint8_t, 4, 512> kIq3SGrid;    // 1, 3 … 15

// Eight signs from seven stored bits: the eighth makes the number of negative elements even. Bit i set:
// element i is negative. Bits of `stored` above the seventh are ignored.
constexpr uint32_t even_signs(uint32_t stored) {
  const uint32_t seven = stored & 127u;
  return seven | ((static_cast<uint32_t>(std::popcount(seven)) & 1u) << 7);
}

}  // namespace nagare
