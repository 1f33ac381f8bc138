// The blocks of the quantised types, byte for byte as they lie in a file. Layouts only; dequantise.h says
// what they mean in numbers, kernels read them through these names.
//
// All are little-endian and packed. `scale`, `minimum` and the like named *_f16 hold the bits of a
// half-precision number (tensor/half.h). "Nibbles lo/hi": the low four bits of byte i belong to element i of
// a group, the high four to element i + half the group. Source of the layouts: the GGUF format as defined by
// ggml (ggml-common.h, MIT).
#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace nagare {

inline constexpr int kSmallBlock = 32;   // elements of the q4_0 family
inline constexpr int kSuperBlock = 256;  // elements of the K, IQ and ternary types

// x = scale * (q - 8); nibbles lo/hi over 32.
struct BlockQ4_0 {
  uint16_t scale_f16;
  uint8_t quants[16];
};

// x = scale * q + minimum; nibbles lo/hi over 32.
struct BlockQ4_1 {
  uint16_t scale_f16;
  uint16_t minimum_f16;
  uint8_t quants[16];
};

// x = scale * (q - 16); low four bits as q4_0, bit i of `high_bits` (little-endian) is element i's fifth.
struct BlockQ5_0 {
  uint16_t scale_f16;
  uint8_t high_bits[4];
  uint8_t quants[16];
};

// x = scale * q + minimum; bits as q5_0.
struct BlockQ5_1 {
  uint16_t scale_f16;
  uint16_t minimum_f16;
  uint8_t high_bits[4];
  uint8_t quants[16];
};

// x = scale * q.
struct BlockQ8_0 {
  uint16_t scale_f16;
  int8_t quants[32];
};

// 16 groups of 16: x = scale * (s & 15) * q - minimum * (s >> 4), s = scales[group].
// Each half of 128 elements has 32 bytes; bits 2j and 2j+1 of byte i are element 32j + i of the half.
struct BlockQ2_K {
  uint8_t scales[16];
  uint8_t quants[64];
  uint16_t scale_f16;
  uint16_t minimum_f16;
};

// 16 groups of 16: x = scale * (s - 32) * (q - 4), s the group's six-bit scale. Low two bits of q as q2_K;
// the third is bit (128-half * 4 + j) of high_bits[i] for element 32j + i of the half. Scales: low nibbles of
// groups 0-7 and 8-15 in bytes 0-7 lo/hi, upper two bits of group 4j + i at bits 2j of byte 8 + i.
struct BlockQ3_K {
  uint8_t high_bits[32];
  uint8_t quants[64];
  uint8_t scales[12];
  uint16_t scale_f16;
};

// 8 groups of 32: x = scale * s * q - minimum * m, six-bit s and m per group (unpack_scale_min in
// dequantise.h). Groups 2j and 2j+1 are the low and high nibbles of bytes 32j … 32j+31.
struct BlockQ4_K {
  uint16_t scale_f16;
  uint16_t minimum_f16;
  uint8_t scales[12];
  uint8_t quants[128];
};

// As q4_K with a fifth bit: bit g of high_bits[i] belongs to element i of group g.
struct BlockQ5_K {
  uint16_t scale_f16;
  uint16_t minimum_f16;
  uint8_t scales[12];
  uint8_t high_bits[32];
  uint8_t quants[128];
};

// 16 groups of 16: x = scale * scales[group] * (q - 32). Per half of 128 elements, 64 bytes of low nibbles
// (elements 0-63 low, 64-127 high) and 32 bytes of upper two bits (element 32j + i at bits 2j of byte i).
struct BlockQ6_K {
  uint8_t low_bits[128];
  uint8_t high_bits[64];
  int8_t scales[16];
  uint16_t scale_f16;
};

// The IQ types look eight (or four) elements up in a codebook (iq_grids.h). Groups are of 32 elements.

// Index: quants[8] low eight bits, three more at bits 3l of group_bits; bits 12-14 of group_bits are the
// scale, bit 15 the sign of the shift. x = scale * (2s + 1) * (grid ± 1/8).
struct BlockIQ1_S {
  uint16_t scale_f16;
  uint8_t quants[32];
  uint16_t group_bits[8];
};

// As iq1_s with a scale per 16 elements (three bits) and a shift sign per eight; the block's half-precision
// scale is spread over the top nibbles of the four little-endian 16-bit words of `scales`.
struct BlockIQ1_M {
  uint8_t quants[32];
  uint8_t high_bits[16];
  uint8_t scales[8];
};

// Per group eight bytes: four codebook indices, then 32 bits: four seven-bit sign sets and a four-bit scale.
struct BlockIQ2_XXS {
  uint16_t scale_f16;
  uint16_t quants[32];
};

// Per eight elements a nine-bit index and a seven-bit sign set; a four-bit scale per 16.
struct BlockIQ2_XS {
  uint16_t scale_f16;
  uint16_t quants[32];
  uint8_t scales[8];
};

// Per eight elements a ten-bit index (two bits in high_bits) and eight signs; a four-bit scale per 16.
struct BlockIQ2_S {
  uint16_t scale_f16;
  uint8_t quants[32];
  uint8_t signs[32];
  uint8_t high_bits[8];
  uint8_t scales[8];
};

// Per four elements an eight-bit index; then 32 bits a group as in iq2_xxs.
struct BlockIQ3_XXS {
  uint16_t scale_f16;
  uint8_t quants[64];
  uint8_t signs_and_scales[32];
};

// Per four elements a nine-bit index (one bit in high_bits), a sign each; a four-bit scale per 32.
struct BlockIQ3_S {
  uint16_t scale_f16;
  uint8_t quants[64];
  uint8_t high_bits[8];
  uint8_t signs[32];
  uint8_t scales[4];
};

// x = scale * kIq4Values[q]; nibbles lo/hi over 32.
struct BlockIQ4_NL {
  uint16_t scale_f16;
  uint8_t quants[16];
};

// 8 groups of 32: x = scale * (s - 32) * kIq4Values[q], six-bit s: low nibbles in scales_low lo/hi, upper two
// bits of group g at bits 2g of scales_high. Nibbles lo/hi over 32.
struct BlockIQ4_XS {
  uint16_t scale_f16;
  uint16_t scales_high;
  uint8_t scales_low[4];
  uint8_t quants[128];
};

// x = scale * (q - 1), ternary digits as a fraction of base 3 in a byte: digit n of byte b is (b * 3^n mod
// 256) * 3 / 256. Five digits a byte in `quants` (32 bytes: elements 32n + i; then 16 bytes: 160 + 16n + i),
// four in `last` (240 + 4n + i).
struct BlockTQ1_0 {
  uint8_t quants[48];
  uint8_t last[4];
  uint16_t scale_f16;
};

// x = scale * (q - 1), two bits each, laid out as q2_K.
struct BlockTQ2_0 {
  uint8_t quants[64];
  uint16_t scale_f16;
};

// x = 2^(exponent - 127) * kFp4Values[q] / 2; nibbles lo/hi over 32. (OCP Microscaling MXFP4.)
struct BlockMXFP4 {
  uint8_t exponent;
  uint8_t quants[16];
};

// Four groups of 16, each with an unsigned E4M3 scale; nibbles lo/hi over 16, eight bytes a group.
struct BlockNVFP4 {
  uint8_t scales[4];
  uint8_t quants[32];
};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ5_0) == 22);
static_assert(sizeof(BlockQ5_1) == 24 && sizeof(BlockQ8_0) == 34 && sizeof(BlockQ2_K) == 84);
static_assert(sizeof(BlockQ3_K) == 110 && sizeof(BlockQ4_K) == 144 && sizeof(BlockQ5_K) == 176);
static_assert(sizeof(BlockQ6_K) == 210 && sizeof(BlockIQ1_S) == 50 && sizeof(BlockIQ1_M) == 56);
static_assert(sizeof(BlockIQ2_XXS) == 66 && sizeof(BlockIQ2_XS) == 74 && sizeof(BlockIQ2_S) == 82);
static_assert(sizeof(BlockIQ3_XXS) == 98 && sizeof(BlockIQ3_S) == 110 && sizeof(BlockIQ4_NL) == 18);
static_assert(sizeof(BlockIQ4_XS) == 136 && sizeof(BlockTQ1_0) == 54 && sizeof(BlockTQ2_0) == 66);
static_assert(sizeof(BlockMXFP4) == 17 && sizeof(BlockNVFP4) == 36);

}  // namespace nagare
