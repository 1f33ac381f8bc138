#include "ops/attention/kv_page.h"

#include <cstring>

#include "tensor/half.h"

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

}  // namespace

KvPageLayout::KvPageLayout(const AttentionProblem& problem)
    : kv(problem.kv), head_dim(problem.head_dim), value_dim(problem.value_dim) {
  key_bytes = row_bytes(kv, kKvPageTokens * head_dim);
  head_bytes = key_bytes + row_bytes(kv, kKvPageTokens * value_dim);
  // Kernels read whole vectors of a value: past its end where value_dim is not a multiple of them.
  if (value_dim % kKeyBlockTokens != 0) head_bytes += kSlackBytes;
  page_bytes = problem.kv_heads * head_bytes;
}

void store_key(const KvPageLayout& layout, std::byte* head, int64_t token, const float* key) {
  for (int64_t d = 0; d < layout.head_dim; ++d) {
    store_element(layout.kv, head, layout.key_index(token, d), key[d]);
  }
}

void store_value(const KvPageLayout& layout, std::byte* head, int64_t token, const float* value) {
  for (int64_t d = 0; d < layout.value_dim; ++d) {
    store_element(layout.kv, head + layout.key_bytes, token * layout.value_dim + d, value[d]);
  }
}

void load_key(const KvPageLayout& layout, const std::byte* head, int64_t token, float* key) {
  for (int64_t d = 0; d < layout.head_dim; ++d) {
    key[d] = load_element(layout.kv, head, layout.key_index(token, d));
  }
}

void load_value(const KvPageLayout& layout, const std::byte* head, int64_t token, float* value) {
  for (int64_t d = 0; d < layout.value_dim; ++d) {
    value[d] = load_element(layout.kv, head + layout.key_bytes, token * layout.value_dim + d);
  }
}

}  // namespace nagare
