// Taking the blocks of each type apart, for packed_format.cc alone.
#pragma once

#include "ops/gemm/packed/packed_format.h"

namespace nagare::gemm {

// The types of 32 and 64 elements.
void unpack_q4_0(const std::byte* block, UnpackedBlock& out);
void unpack_q4_1(const std::byte* block, UnpackedBlock& out);
void unpack_q5_0(const std::byte* block, UnpackedBlock& out);
void unpack_q5_1(const std::byte* block, UnpackedBlock& out);
void unpack_q8_0(const std::byte* block, UnpackedBlock& out);
void unpack_iq4_nl(const std::byte* block, UnpackedBlock& out);
void unpack_mxfp4(const std::byte* block, UnpackedBlock& out);
void unpack_nvfp4(const std::byte* block, UnpackedBlock& out);
// The K types, iq4_xs and the ternary types.
void unpack_q2_k(const std::byte* block, UnpackedBlock& out);
void unpack_q3_k(const std::byte* block, UnpackedBlock& out);
void unpack_q4_k(const std::byte* block, UnpackedBlock& out);
void unpack_q5_k(const std::byte* block, UnpackedBlock& out);
void unpack_q6_k(const std::byte* block, UnpackedBlock& out);
void unpack_iq4_xs(const std::byte* block, UnpackedBlock& out);
void unpack_tq1_0(const std::byte* block, UnpackedBlock& out);
void unpack_tq2_0(const std::byte* block, UnpackedBlock& out);
// The codebook types. Their numbers, signs included, come from an alphabet of at most 16 each, so a code is a
// nibble.
void unpack_iq1_s(const std::byte* block, UnpackedBlock& out);
void unpack_iq1_m(const std::byte* block, UnpackedBlock& out);
void unpack_iq2_xxs(const std::byte* block, UnpackedBlock& out);
void unpack_iq2_xs(const std::byte* block, UnpackedBlock& out);
void unpack_iq2_s(const std::byte* block, UnpackedBlock& out);
void unpack_iq3_xxs(const std::byte* block, UnpackedBlock& out);
void unpack_iq3_s(const std::byte* block, UnpackedBlock& out);

}  // namespace nagare::gemm
