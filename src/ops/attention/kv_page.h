// How the keys and values of kKvPageTokens tokens lie in a page: the same for every solver, since plans share
// a cache.
//
// A page holds, for one kv head after the other, that head's keys, then its values. With t the token in its
// page:
//
//   keys    [t / 16][head_dim][t % 16]   sixteen tokens side by side, so that one vector load gives the same
//   element
//                                        of sixteen keys and their scores need no sum across lanes
//   values  [t][value_dim]
//
// Numbers are saturated to the finite range of the type when they are stored, so that a masked key, whose
// weight is 0, adds 0 and not 0 · infinity.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/attention/attention.h"

namespace nagare {

inline constexpr int kKeyBlockTokens = 16;
inline constexpr float kLargestF16 = 65504.0f;
inline constexpr float kLargestBF16 = 0x1.fep127f;

struct KvPageLayout {
  DType kv = DType::kF16;
  int64_t head_dim = 1;
  int64_t value_dim = 1;
  int64_t key_bytes = 0;   // one head's keys in a page
  int64_t head_bytes = 0;  // one head's keys and values
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
// for many.
void store_key(const KvPageLayout& layout, std::byte* head, int64_t token, const float* key);
void store_value(const KvPageLayout& layout, std::byte* head, int64_t token, const float* value);
void load_key(const KvPageLayout& layout, const std::byte* head, int64_t token, float* key);
void load_value(const KvPageLayout& layout, const std::byte* head, int64_t token, float* value);

}  // namespace nagare
