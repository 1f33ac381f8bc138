#include "ops/gemm/random_weights.h"

#include <cstring>
#include <random>
#include <span>

#include "solve/trial_inputs.h"
#include "tensor/half.h"

namespace nagare {
namespace {

// Where a block holds its f16 scales (and minima), in bytes from its start; -1: none there.
struct ScaleFields {
  DType dtype;
  int first;
  int second;
};

std::span<const ScaleFields> scale_fields() {
  static constexpr ScaleFields kFields[] = {
      {DType::kQ4_0, 0, -1},   {DType::kQ4_1, 0, 2},    {DType::kQ5_0, 0, -1},    {DType::kQ5_1, 0, 2},
      {DType::kQ8_0, 0, -1},   {DType::kQ2_K, 80, 82},  {DType::kQ3_K, 108, -1},  {DType::kQ4_K, 0, 2},
      {DType::kQ5_K, 0, 2},    {DType::kQ6_K, 208, -1}, {DType::kIQ1_S, 0, -1},   {DType::kIQ2_XXS, 0, -1},
      {DType::kIQ2_XS, 0, -1}, {DType::kIQ2_S, 0, -1},  {DType::kIQ3_XXS, 0, -1}, {DType::kIQ3_S, 0, -1},
      {DType::kIQ4_NL, 0, -1}, {DType::kIQ4_XS, 0, -1}, {DType::kTQ1_0, 52, -1},  {DType::kTQ2_0, 64, -1}};
  return kFields;
}

void put_f16(std::byte* block, int offset, float value) {
  if (offset < 0) return;
  const uint16_t bits = f32_to_f16(value);
  std::memcpy(block + offset, &bits, sizeof(bits));
}

// iq1_m spreads its f16 scale over the high nibbles of four 16-bit words at byte 48; mxfp4 begins with a
// power of two.
void tame_scales(DType dtype, std::byte* block, float scale) {
  for (const ScaleFields& fields : scale_fields()) {
    if (fields.dtype != dtype) continue;
    put_f16(block, fields.first, scale);
    put_f16(block, fields.second, 0.7f * scale);
  }
  if (dtype == DType::kIQ1_M) {
    const uint16_t bits = f32_to_f16(scale);
    for (int i = 0; i < 4; ++i) {
      std::byte& high = block[48 + 2 * i + 1];
      high = (high & std::byte{0x0f}) | static_cast<std::byte>(((bits >> (4 * i)) & 15) << 4);
    }
  }
  if (dtype == DType::kMXFP4) block[0] = static_cast<std::byte>(120 + (std::to_integer<int>(block[0]) & 7));
  if (dtype == DType::kNVFP4) {
    for (int i = 0; i < 4; ++i) block[i] = (block[i] & std::byte{15}) | std::byte{0x20};
  }
}

std::vector<std::byte> random_blocks(DType dtype, int64_t n, int64_t k, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<float> scales(0.001f, 0.01f);
  std::vector<std::byte> bytes(static_cast<size_t>(row_bytes(dtype, k) * n));
  const auto block_bytes = static_cast<size_t>(traits(dtype).block_bytes);
  for (size_t at = 0; at < bytes.size(); at += block_bytes) {
    for (size_t i = 0; i < block_bytes; i += 8) {
      const uint64_t word = engine();
      std::memcpy(&bytes[at + i], &word, std::min<size_t>(8, block_bytes - i));
    }
    const float scale = scales(engine);
    tame_scales(dtype, &bytes[at], engine() % 4 == 0 ? -scale : scale);
  }
  return bytes;
}

}  // namespace

std::vector<std::byte> random_weights(DType dtype, int64_t n, int64_t k, uint64_t seed) {
  if (is_quantised(dtype)) return random_blocks(dtype, n, k, seed);
  const std::vector<float> values = random_floats(n * k, seed);
  std::vector<std::byte> bytes(static_cast<size_t>(row_bytes(dtype, k) * n));
  if (dtype == DType::kF32) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t bits = dtype == DType::kF16 ? f32_to_f16(values[i]) : f32_to_bf16(values[i]);
    std::memcpy(&bytes[2 * i], &bits, sizeof(bits));
  }
  return bytes;
}

}  // namespace nagare
