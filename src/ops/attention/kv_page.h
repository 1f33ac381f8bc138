// How the keys and values of kKvPageTokens tokens lie in a page: the same for every solver, since plans share
// a cache.
//
// A page holds, for one kv head after the other, that head's keys, then its values. With t the token in its
// page:
//
//   keys    [t / 16][head_dim][t % 16]   sixteen tokens side by side, so that one vector load gives the same
//                                        element of sixteen keys and their scores need no sum across lanes
//   values  [t][value_dim]
//
// Quantised types keep a scale (f16) for every 32 elements of a key or value, the last of which may be fewer:
// any head_dim will do. The scales of the keys lie before the keys' numbers, [t / 16][head_dim / 32][t % 16],
// those of the values before the values' numbers, [t][value_dim / 32]. Numbers come in groups of 16 (of a
// value the last one is padded): q8_0 as 16 bytes, x = scale · q; q4_0 as 8 bytes, x = scale · (q - 8), where
// the low half of byte i is number i of the group, the high half number i + 8. Scales and numbers are those
// of quantise_row.
//
// Numbers are saturated to the finite range of the type when they are stored, so that a masked key, whose
// weight is 0, adds 0 and not 0 · infinity.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/attention/attention.h"

namespace nagare {

inline constexpr int kKeyBlockTokens = 16;
inline constexpr int kScaleElements = 32;  // of a quantised key or value that share a scale
inline constexpr float kLargestF16 = 65504.0f;
inline constexpr float kLargestBF16 = 0x1.fep127f;

// f32, f16, bf16, q8_0, q4_0.
bool is_kv_dtype(DType dtype);

struct KvPageLayout {
  DType kv = DType::kF16;
  int64_t head_dim = 1;
  int64_t value_dim = 1;
  int64_t key_blocks = 0;         // scales of a key; 0 where the type has none
  int64_t value_blocks = 0;       // and of a value
  int64_t key_scale_bytes = 0;    // of one head's keys in a page: where their numbers begin
  int64_t key_bytes = 0;          // one head's keys in a page: where its values begin
  int64_t value_scale_bytes = 0;  // from there to the values' numbers
  int64_t value_stride = 0;       // bytes from one value's numbers to the next
  int64_t head_bytes = 0;         // one head's keys and values
  int64_t page_bytes = 0;

  explicit KvPageLayout(const AttentionProblem& problem);

  std::byte* head(std::byte* cache, int64_t page, int64_t kv_head) const {
    return cache + page * page_bytes + kv_head * head_bytes;
  }
  int64_t key_index(int64_t token, int64_t d) const {
    return (token / kKeyBlockTokens * head_dim + d) * kKeyBlockTokens + token % kKeyBlockTokens;
  }
};

// One token's key or value to and from a head's part of a page. Plain and exact; kernels have their own ways
// for many. Storing a q4_0 key changes bytes that it shares with other tokens of its page.
void store_key(const KvPageLayout& layout, std::byte* head, int64_t token, const float* key);
void store_value(const KvPageLayout& layout, std::byte* head, int64_t token, const float* value);
void load_key(const KvPageLayout& layout, const std::byte* head, int64_t token, float* key);
void load_value(const KvPageLayout& layout, const std::byte* head, int64_t token, float* value);

}  // namespace nagare
