// Shared by the dequantise_*.cc files: how a row of blocks is walked, and the functions they offer to
// dequantise.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nagare::internal {

using DequantiseRow = void (*)(const std::byte* src, float* dst, int64_t elements);

// Calls convert(block, dst) for each block of `kElements`; the block is copied out, so `src` may lie
// anywhere.
template <class Block, int kElements, void (*kConvert)(const Block&, float*)>
void for_each_block(const std::byte* src, float* dst, int64_t elements) {
  for (int64_t at = 0; at < elements; at += kElements) {
    Block block;
    std::memcpy(&block, src, sizeof block);
    kConvert(block, dst + at);
    src += sizeof block;
  }
}

// Types of 32 elements and of FP4 (dequantise_small.cc).
extern const DequantiseRow kDequantiseQ4_0, kDequantiseQ4_1, kDequantiseQ5_0, kDequantiseQ5_1,
    kDequantiseQ8_0, kDequantiseIQ4_NL, kDequantiseMXFP4, kDequantiseNVFP4;
// K types, ternary types and iq4_xs (dequantise_super.cc).
extern const DequantiseRow kDequantiseQ2_K, kDequantiseQ3_K, kDequantiseQ4_K, kDequantiseQ5_K,
    kDequantiseQ6_K, kDequantiseIQ4_XS, kDequantiseTQ1_0, kDequantiseTQ2_0;
// Types with a codebook (dequantise_iq.cc).
extern const DequantiseRow kDequantiseIQ1_S, kDequantiseIQ1_M, kDequantiseIQ2_XXS, kDequantiseIQ2_XS,
    kDequantiseIQ2_S, kDequantiseIQ3_XXS, kDequantiseIQ3_S;

}  // namespace nagare::internal
