#include "ops/attention/kv_page.h"

#include <algorithm>
#include <cstring>

#include "base/round_up.h"
#include "tensor/blocks.h"
#include "tensor/half.h"
#include "tensor/quantise.h"

namespace nagare {
namespace {

constexpr int64_t kSlackBytes = 64;

// NaN stays NaN.
float saturate(float x, float largest) {
  return x > largest ? largest : x < -largest ? -largest : x;
}

void store_element(DType kv, std::byte* data, int64_t index, float x) {
  if (kv == DType::kF32) {
    std::memcpy(data + index * 4, &x, 4);
    return;
  }
  const uint16_t bits =
      kv == DType::kF16 ? f32_to_f16(saturate(x, kLargestF16)) : f32_to_bf16(saturate(x, kLargestBF16));
  std::memcpy(data + index * 2, &bits, 2);
}

float load_element(DType kv, const std::byte* data, int64_t index) {
  if (kv == DType::kF32) {
    float x = 0;
    std::memcpy(&x, data + index * 4, 4);
    return x;
  }
  uint16_t bits = 0;
  std::memcpy(&bits, data + index * 2, 2);
  return kv == DType::kF16 ? f16_to_f32(bits) : bf16_to_f32(bits);
}

// Up to 32 elements with one scale, as quantise_row makes them of the elements and zeros behind them.
struct QuantisedBlock {
  uint16_t scale_f16 = 0;
  uint8_t numbers[kScaleElements] = {};  // q8_0: the bits of an int8; q4_0: 0-15
};

QuantisedBlock quantise_block(DType kv, const float* x, int64_t count) {
  const float largest = kLargestF16 * (kv == DType::kQ8_0 ? 127.0f : 8.0f);
  float padded[kScaleElements] = {};
  for (int64_t i = 0; i < count; ++i) padded[i] = saturate(x[i], largest);
  QuantisedBlock block;
  if (kv == DType::kQ8_0) {
    BlockQ8_0 bytes;
    quantise_row(kv, padded, reinterpret_cast<std::byte*>(&bytes), kScaleElements);
    block.scale_f16 = bytes.scale_f16;
    std::memcpy(block.numbers, bytes.quants, sizeof block.numbers);
  } else {
    BlockQ4_0 bytes;
    quantise_row(kv, padded, reinterpret_cast<std::byte*>(&bytes), kScaleElements);
    block.scale_f16 = bytes.scale_f16;
    for (int i = 0; i < kScaleElements / 2; ++i) {
      block.numbers[i] = bytes.quants[i] & 15;
      block.numbers[i + kScaleElements / 2] = bytes.quants[i] >> 4;
    }
  }
  return block;
}

// Number `index` of an array of groups of 16.
void put_number(DType kv, std::byte* numbers, int64_t index, uint8_t number) {
  if (kv == DType::kQ8_0) {
    numbers[index] = std::byte{number};
    return;
  }
  std::byte& pair = numbers[index / 16 * 8 + index % 8];
  const int shift = index % 16 < 8 ? 0 : 4;
  pair = (pair & std::byte(0xf0 >> shift)) | std::byte(number << shift);
}

float number_at(DType kv, const std::byte* numbers, int64_t index) {
  if (kv == DType::kQ8_0) return static_cast<float>(static_cast<int8_t>(numbers[index]));
  const auto pair = static_cast<uint8_t>(numbers[index / 16 * 8 + index % 8]);
  return static_cast<float>((index % 16 < 8 ? pair & 15 : pair >> 4) - 8);
}

// Where the scale of a block of a key is.
int64_t key_scale_index(const KvPageLayout& layout, int64_t token, int64_t block) {
  return (token / kKeyBlockTokens * layout.key_blocks + block) * kKeyBlockTokens + token % kKeyBlockTokens;
}

float scale_at(const std::byte* scales, int64_t index) {
  uint16_t bits = 0;
  std::memcpy(&bits, scales + index * 2, 2);
  return f16_to_f32(bits);
}

void store_quantised_key(const KvPageLayout& layout, std::byte* head, int64_t token, const float* key) {
  for (int64_t b = 0; b < layout.key_blocks; ++b) {
    const int64_t first = b * kScaleElements;
    const int64_t count = std::min<int64_t>(kScaleElements, layout.head_dim - first);
    const QuantisedBlock block = quantise_block(layout.kv, key + first, count);
    std::memcpy(head + key_scale_index(layout, token, b) * 2, &block.scale_f16, 2);
    for (int64_t i = 0; i < count; ++i) {
      put_number(layout.kv, head + layout.key_scale_bytes, layout.key_index(token, first + i),
                 block.numbers[i]);
    }
  }
}

void store_quantised_value(const KvPageLayout& layout, std::byte* head, int64_t token, const float* value) {
  std::byte* const scales = head + layout.key_bytes;
  std::byte* const numbers = scales + layout.value_scale_bytes + token * layout.value_stride;
  for (int64_t b = 0; b < layout.value_blocks; ++b) {
    const int64_t first = b * kScaleElements;
    const int64_t count = std::min<int64_t>(kScaleElements, layout.value_dim - first);
    const QuantisedBlock block = quantise_block(layout.kv, value + first, count);
    std::memcpy(scales + (token * layout.value_blocks + b) * 2, &block.scale_f16, 2);
    const int64_t padded = round_up(count, kKeyBlockTokens);
    for (int64_t i = 0; i < padded; ++i) put_number(layout.kv, numbers, first + i, block.numbers[i]);
  }
}

}  // namespace

bool is_kv_dtype(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kQ8_0 ||
         dtype == DType::kQ4_0;
}

KvPageLayout::KvPageLayout(const AttentionProblem& problem)
    : kv(problem.kv), head_dim(problem.head_dim), value_dim(problem.value_dim) {
  if (is_quantised(kv)) {
    const int64_t group_bytes = kv == DType::kQ8_0 ? 16 : 8;
    key_blocks = round_up(head_dim, kScaleElements) / kScaleElements;
    value_blocks = round_up(value_dim, kScaleElements) / kScaleElements;
    key_scale_bytes = kKvPageTokens * key_blocks * 2;
    key_bytes = round_up(key_scale_bytes + kKvPageTokens / kKeyBlockTokens * head_dim * group_bytes, 64);
    value_scale_bytes = kKvPageTokens * value_blocks * 2;
    value_stride = round_up(value_dim, 16) / 16 * group_bytes;
  } else {
    key_bytes = row_bytes(kv, kKvPageTokens * head_dim);
    value_stride = row_bytes(kv, value_dim);
  }
  head_bytes = round_up(key_bytes + value_scale_bytes + kKvPageTokens * value_stride, 64);
  // Kernels read whole vectors of a value: past its end where value_dim is not a multiple of them.
  if (value_dim % kKeyBlockTokens != 0) head_bytes += kSlackBytes;
  page_bytes = problem.kv_heads * head_bytes;
}

void store_key(const KvPageLayout& layout, std::byte* head, int64_t token, const float* key) {
  if (is_quantised(layout.kv)) return store_quantised_key(layout, head, token, key);
  for (int64_t d = 0; d < layout.head_dim; ++d) {
    store_element(layout.kv, head, layout.key_index(token, d), key[d]);
  }
}

void store_value(const KvPageLayout& layout, std::byte* head, int64_t token, const float* value) {
  if (is_quantised(layout.kv)) return store_quantised_value(layout, head, token, value);
  for (int64_t d = 0; d < layout.value_dim; ++d) {
    store_element(layout.kv, head + layout.key_bytes, token * layout.value_dim + d, value[d]);
  }
}

void load_key(const KvPageLayout& layout, const std::byte* head, int64_t token, float* key) {
  for (int64_t d = 0; d < layout.head_dim; ++d) {
    const int64_t index = layout.key_index(token, d);
    if (is_quantised(layout.kv)) {
      key[d] = scale_at(head, key_scale_index(layout, token, d / kScaleElements)) *
               number_at(layout.kv, head + layout.key_scale_bytes, index);
    } else {
      key[d] = load_element(layout.kv, head, index);
    }
  }
}

void load_value(const KvPageLayout& layout, const std::byte* head, int64_t token, float* value) {
  const std::byte* const scales = head + layout.key_bytes;
  const std::byte* const numbers = scales + layout.value_scale_bytes + token * layout.value_stride;
  for (int64_t d = 0; d < layout.value_dim; ++d) {
    if (is_quantised(layout.kv)) {
      value[d] = scale_at(scales, token * layout.value_blocks + d / kScaleElements) *
                 number_at(layout.kv, numbers, d);
    } else {
      value[d] = load_element(layout.kv, numbers, d);
    }
  }
}

}  // namespace nagare
