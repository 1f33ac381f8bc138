#include "ops/gemm/packed/packed_format.h"

#include <cstring>

#include "ops/gemm/packed/unpack.h"
#include "tensor/dequantise.h"

namespace nagare::gemm {
namespace {

// Table entries as the kernels want them: the number plus 128.
constexpr int kTableOffset = 128;
struct Table {
  alignas(16) uint8_t values[16];
};
constexpr Table make_table(const int (&numbers)[16]) {
  Table table{};
  for (int i = 0; i < 16; ++i) table.values[i] = static_cast<uint8_t>(numbers[i] + kTableOffset);
  return table;
}
constexpr Table widen(const int8_t (&numbers)[16]) {
  Table table{};
  for (int i = 0; i < 16; ++i) table.values[i] = static_cast<uint8_t>(numbers[i] + kTableOffset);
  return table;
}
constexpr Table kIq4Table = widen(kIq4Values);
constexpr Table kFp4Table = widen(kFp4Values);
// The alphabets of the codebook types, in the order of their codes (unpack_codebook.cc).
constexpr Table kIq1Table = make_table({-9, -7, -1, 1, 7, 9});
constexpr Table kIq2Table = make_table({0, 8, 0, 25, 0, 43, 0, 0, 0, -8, 0, -25, 0, -43, 0, 0});
constexpr Table kIq3XxsTable =
    make_table({4, 12, 20, 28, 36, 44, 52, 62, -4, -12, -20, -28, -36, -44, -52, -62});
constexpr Table kIq3STable = make_table({1, 3, 5, 7, 9, 11, 13, 15, -1, -3, -5, -7, -9, -11, -13, -15});

using enum CodeKind;
using enum ScaleKind;

constexpr PackedFormat plain(DType dtype, std::string_view layout, CodeKind codes, ScaleKind scales,
                             int offset, void (*unpack)(const std::byte*, UnpackedBlock&)) {
  return {dtype, layout, codes, scales, offset, 1.0f, nullptr, unpack};
}
constexpr PackedFormat table(DType dtype, std::string_view layout, ScaleKind scales, const Table& numbers,
                             float scale_unit, void (*unpack)(const std::byte*, UnpackedBlock&)) {
  return {dtype, layout, kTable, scales, kTableOffset, scale_unit, numbers.values, unpack};
}

constexpr PackedFormat kFormats[] = {
    plain(DType::kQ4_0, "q4_0/n16", kNibble, kHalf, 8, unpack_q4_0),
    plain(DType::kQ4_1, "q4_1/n16", kNibble, kHalfMin, 0, unpack_q4_1),
    plain(DType::kQ5_0, "q5_0/n16", kFive, kHalf, 16, unpack_q5_0),
    plain(DType::kQ5_1, "q5_1/n16", kFive, kHalfMin, 0, unpack_q5_1),
    plain(DType::kQ8_0, "q8_0/n16", kByte, kHalf, 128, unpack_q8_0),
    plain(DType::kQ2_K, "q2_K/n16", kNibble, kSuper16Min, 0, unpack_q2_k),
    plain(DType::kQ3_K, "q3_K/n16", kNibble, kSuper16, 4, unpack_q3_k),
    plain(DType::kQ4_K, "q4_K/n16", kNibble, kSuper32Min, 0, unpack_q4_k),
    plain(DType::kQ5_K, "q5_K/n16", kFive, kSuper32Min, 0, unpack_q5_k),
    plain(DType::kQ6_K, "q6_K/n16", kSix, kSuper16, 32, unpack_q6_k),
    plain(DType::kTQ1_0, "tq1_0/n16", kNibble, kSuper32, 1, unpack_tq1_0),
    plain(DType::kTQ2_0, "tq2_0/n16", kNibble, kSuper32, 1, unpack_tq2_0),
    table(DType::kIQ4_NL, "iq4_nl/n16", kHalf, kIq4Table, 1.0f, unpack_iq4_nl),
    table(DType::kIQ4_XS, "iq4_xs/n16", kSuper32, kIq4Table, 1.0f, unpack_iq4_xs),
    table(DType::kMXFP4, "mxfp4/n16", kBrain, kFp4Table, 1.0f, unpack_mxfp4),
    table(DType::kNVFP4, "nvfp4/n16", kBrain16, kFp4Table, 1.0f, unpack_nvfp4),
    table(DType::kIQ1_S, "iq1_s/n16", kSuper32, kIq1Table, 1.0f / 8, unpack_iq1_s),
    table(DType::kIQ1_M, "iq1_m/n16", kSuper16, kIq1Table, 1.0f / 8, unpack_iq1_m),
    table(DType::kIQ2_XXS, "iq2_xxs/n16", kSuper32, kIq2Table, 1.0f / 8, unpack_iq2_xxs),
    table(DType::kIQ2_XS, "iq2_xs/n16", kSuper16, kIq2Table, 1.0f / 8, unpack_iq2_xs),
    table(DType::kIQ2_S, "iq2_s/n16", kSuper16, kIq2Table, 1.0f / 8, unpack_iq2_s),
    table(DType::kIQ3_XXS, "iq3_xxs/n16", kSuper32, kIq3XxsTable, 1.0f / 4, unpack_iq3_xxs),
    table(DType::kIQ3_S, "iq3_s/n16", kSuper32, kIq3STable, 1.0f, unpack_iq3_s),
};

uint32_t load_u32(const uint8_t* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}
void store_u32(std::byte* bytes, uint32_t value) {
  std::memcpy(bytes, &value, sizeof value);
}

// Four codes of 4 k at a time, in the four bytes of a word. `block`: the first of the block's 32 codes in
// each row.
void pack_codes(CodeKind kind, const UnpackedBlock* rows, int block, std::byte* dst) {
  constexpr int kGroupBytes = 4 * kPanelRows;
  for (int n = 0; n < kPanelRows; ++n) {
    const uint8_t* codes = rows[n].codes + block;
    if (kind == kByte) {
      for (int g = 0; g < kGroups; ++g) store_u32(dst + g * kGroupBytes + 4 * n, load_u32(codes + 4 * g));
      continue;
    }
    uint32_t pairs[kGroups / 2] = {};  // two upper bits of four groups each
    for (int g = 0; g < kGroups; g += 2) {
      const uint32_t even = load_u32(codes + 4 * g);
      const uint32_t odd = load_u32(codes + 4 * g + 4);
      store_u32(dst + g / 2 * kGroupBytes + 4 * n, (even & 0x0f0f0f0fu) | ((odd & 0x0f0f0f0fu) << 4));
      pairs[g / 4] |= (((even >> 4) & 0x03030303u) | (((odd >> 4) & 0x03030303u) << 2)) << (g % 4 * 2);
    }
    if (kind != kSix) continue;
    for (int half = 0; half < 2; ++half) store_u32(dst + (4 + half) * kGroupBytes + 4 * n, pairs[half]);
  }
  if (kind != kFive) return;
  for (int g = 0; g < kGroups; ++g) {
    uint64_t bits = 0;
    for (int n = 0; n < kPanelRows; ++n) {
      // Bit 4 of four bytes to bits 28-31: each of the four terms of the product puts one of them there.
      const uint32_t fifth = (load_u32(rows[n].codes + block + 4 * g) >> 4) & 0x01010101u;
      bits |= static_cast<uint64_t>((fifth * 0x10204080u) >> 28) << (4 * n);
    }
    std::memcpy(dst + 4 * kGroupBytes + 8 * g, &bits, sizeof bits);
  }
}

void put_u16(std::byte* dst, int index, uint16_t value) {
  std::memcpy(dst + 2 * index, &value, sizeof value);
}

// The scales of block `block` (0 …) of the unpacked rows into the header, as block `slot` of the record.
void pack_scales(ScaleKind kind, const UnpackedBlock* rows, int block, int slot, std::byte* header) {
  const int count = halves(kind);
  for (int n = 0; n < kPanelRows; ++n) {
    const UnpackedBlock& row = rows[n];
    if (kind == kBrain16) {
      for (int h = 0; h < 2; ++h)
        put_u16(header, (2 * slot + h) * kPanelRows + n, row.group_scales[2 * block + h]);
    } else if (!is_super(kind)) {
      put_u16(header, slot * kPanelRows + n, row.scale);
      if (has_minimum(kind)) put_u16(header, kPanelRows + n, row.minimum);
    } else {
      put_u16(header, n, row.scale);
      put_u16(header, kPanelRows + n, row.minimum);
      std::byte* factors = header + 64;
      std::byte* minimum_factors = factors + 8 * count * kPanelRows;
      for (int h = 0; h < count; ++h) {
        const int at = (slot * count + h) * kPanelRows + n;
        factors[at] = static_cast<std::byte>(row.scale_factors[block * count + h]);
        if (has_minimum(kind))
          minimum_factors[at] = static_cast<std::byte>(row.minimum_factors[block * count + h]);
      }
    }
  }
}

}  // namespace

const PackedFormat* packed_format(DType dtype) {
  for (const PackedFormat& format : kFormats) {
    if (format.dtype == dtype) return &format;
  }
  return nullptr;
}

void pack_panel(const PackedFormat& format, const std::byte* const rows[kPanelRows], int64_t k,
                std::byte* dst) {
  const DTypeTraits& type = traits(format.dtype);
  const int blocks_per_unit = type.block_elements / kBlock;
  const int per_record = blocks_per_record(format.scales);
  UnpackedBlock unpacked[kPanelRows] = {};
  std::memset(dst, 0, static_cast<size_t>(panel_bytes(format, k)));
  for (int64_t unit = 0; unit < k / type.block_elements; ++unit) {
    for (int n = 0; n < kPanelRows; ++n) {
      if (rows[n] != nullptr) format.unpack(rows[n] + unit * type.block_bytes, unpacked[n]);
    }
    for (int block = 0; block < blocks_per_unit; ++block) {
      const int64_t index = unit * blocks_per_unit + block;
      std::byte* record = dst + index / per_record * record_bytes(format.codes, format.scales);
      const int slot = static_cast<int>(index % per_record);
      pack_scales(format.scales, unpacked, block, slot, record);
      pack_codes(format.codes, unpacked, block * kBlock,
                 record + header_bytes(format.scales) + slot * block_code_bytes(format.codes));
    }
  }
}

}  // namespace nagare::gemm
