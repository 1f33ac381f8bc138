// How block-quantised weights lie in memory for the int8 kernels: in panels of 16 rows, interleaved so that
// one 64-byte load brings 4 consecutive k of each of the 16 rows. Every type of GGUF maps onto a few of these
// formats exactly: nothing is rounded. Not a file format: it may change with the program.
//
// A weight is  scale · (code - offset) + minimum,  where a code has up to 8 bits and may be an index into a
// table of
// 16. A panel is a run of records; a record is a header of scales, then the codes of its blocks:
//
//   header (scales of 16 rows each)                    blocks of 32 k: 8 groups of 4 k, 16 rows a group
//     kHalf        f16 scale of 2 blocks                 kNibble, kTable  4 × 64 bytes; low nibbles are the
//     even group kBrain       bf16 scale of 2 blocks                kFive   those, then 8 × 64 fifth bits
//     kHalfMin     f16 scale, f16 minimum (1 block)      kSix    those, then 2 × 64 bytes of four 2-bit
//     numbers, kBrain16     bf16 scale of 4 halves (2 blocks)             the lowest for the first group
//     kSuper…      f16 scale, f16 minimum (8 blocks),    kByte   8 × 64 bytes
//                  then int8 factors of them
//
// kSuper32 has a factor of the scale per block (8 × 16 int8), kSuper16 one per half block (16 × 16 int8),
// …Min as many for the minimum behind them. Rows beyond n are zeros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tensor/dtype.h"

namespace nagare::gemm {

inline constexpr int kPanelRows = 16;
inline constexpr int kBlock = 32;  // k of a block: one activation scale
inline constexpr int kGroups = 8;  // groups of 4 k in a block

enum class CodeKind : uint8_t { kNibble, kTable, kFive, kSix, kByte };
enum class ScaleKind : uint8_t {
  kHalf,
  kBrain,
  kBrain16,
  kHalfMin,
  kSuper32,
  kSuper32Min,
  kSuper16,
  kSuper16Min
};

constexpr bool has_minimum(ScaleKind scales) {
  return scales == ScaleKind::kHalfMin || scales == ScaleKind::kSuper32Min ||
         scales == ScaleKind::kSuper16Min;
}
// Scales per block of 32: 2 where every 16 k have their own.
constexpr int halves(ScaleKind scales) {
  return scales == ScaleKind::kBrain16 || scales == ScaleKind::kSuper16 || scales == ScaleKind::kSuper16Min
             ? 2
             : 1;
}
constexpr bool is_super(ScaleKind scales) {
  return scales >= ScaleKind::kSuper32;
}
constexpr int blocks_per_record(ScaleKind scales) {
  if (is_super(scales)) return 8;
  return scales == ScaleKind::kHalfMin ? 1 : 2;
}
constexpr int header_bytes(ScaleKind scales) {
  if (!is_super(scales)) return scales == ScaleKind::kBrain16 ? 128 : 64;
  return 64 + 8 * halves(scales) * kPanelRows * (has_minimum(scales) ? 2 : 1);
}
constexpr int block_code_bytes(CodeKind codes) {
  constexpr int kNibbles = kPanelRows * kBlock / 2;
  switch (codes) {
    case CodeKind::kNibble:
    case CodeKind::kTable:
      return kNibbles;
    case CodeKind::kFive:
      return kNibbles + kPanelRows * kBlock / 8;
    case CodeKind::kSix:
      return kNibbles + kPanelRows * kBlock / 4;
    case CodeKind::kByte:
      return kPanelRows * kBlock;
  }
  return 0;
}
constexpr int record_bytes(CodeKind codes, ScaleKind scales) {
  return header_bytes(scales) + blocks_per_record(scales) * block_code_bytes(codes);
}

// One block of a type (32, 64 or 256 elements) taken apart: what each type gives the packer.
struct UnpackedBlock {
  uint8_t codes[256];
  uint16_t scale;            // bits of f16; of bf16 for kBrain
  uint16_t minimum;          // bits of f16, to be added
  uint16_t group_scales[4];  // bits of bf16 for kBrain16
  int8_t scale_factors[16];
  int8_t minimum_factors[16];
};

struct PackedFormat {
  DType dtype;
  std::string_view layout;  // the layout's id
  CodeKind codes;
  ScaleKind scales;
  int offset;            // what is subtracted from a code, or from a table entry
  float scale_unit;      // multiplies every scale: a power of two
  const uint8_t* table;  // kTable: 16 numbers, stored plus `offset`
  void (*unpack)(const std::byte* block, UnpackedBlock& out);
};

// The format of a type; null where it has none (float types).
const PackedFormat* packed_format(DType dtype);

inline int64_t panel_bytes(const PackedFormat& format, int64_t k) {
  const int64_t blocks = (k + kBlock - 1) / kBlock;
  const int per_record = blocks_per_record(format.scales);
  return (blocks + per_record - 1) / per_record * record_bytes(format.codes, format.scales);
}

// Packs 16 rows of k elements into a panel. A null row is zeros.
void pack_panel(const PackedFormat& format, const std::byte* const rows[kPanelRows], int64_t k,
                std::byte* dst);

}  // namespace nagare::gemm
