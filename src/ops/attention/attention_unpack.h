// A head's keys or values of a page to float32, in the layout of a page of float32. Beside what
// attention_tile.h asks of an instruction set:
//   Isa::load_group(p, Kv{}, V (&)[16 / kLanes])   a group of 16 numbers of a quantised type;
//   Isa::broadcast_f16(p)                          the f16 at p in all lanes.
#pragma once

#include "ops/attention/attention_tile.h"

namespace nagare::attention_kernel {

// Tags of the quantised types.
struct KvQ8_0 {
  static constexpr int kGroupBytes = 16;
};
struct KvQ4_0 {
  static constexpr int kGroupBytes = 8;
};

template <class Kv>
inline constexpr bool is_quantised_v = requires { Kv::kGroupBytes; };

template <class Isa, class Kv>
struct Unpack {
  using V = typename Isa::V;
  static constexpr int kGroupVectors = kKeyBlockTokens / V::kLanes;

  // `keys`: where they lie in the page; what lies `ahead` bytes behind is prefetched.
  static void keys(const KvPageLayout& layout, const std::byte* keys, int64_t ahead, float* dst) {
    if constexpr (is_quantised_v<Kv>) {
      quantised_keys(layout, keys, ahead, dst);
    } else {
      plain(keys, kKvPageTokens * layout.head_dim, ahead, dst);
    }
  }

  static void values(const KvPageLayout& layout, const std::byte* values, int64_t ahead, float* dst) {
    if constexpr (is_quantised_v<Kv>) {
      quantised_values(layout, values, ahead, dst);
    } else {
      plain(values, kKvPageTokens * layout.value_dim, ahead, dst);
    }
  }

 private:
  static void plain(const std::byte* src, int64_t count, int64_t ahead, float* dst) {
    for (int64_t i = 0; i < count; i += V::kLanes) {
      const std::byte* const p = src + i * Kv::kBytes;
      Isa::prefetch(p + ahead);
      Isa::load(p, Kv{}).store(dst + i);
    }
  }

  static void quantised_keys(const KvPageLayout& layout, const std::byte* head, int64_t ahead, float* dst) {
    const std::byte* scales = head;
    const std::byte* numbers = head + layout.key_scale_bytes;
    for (int64_t token = 0; token < kKvPageTokens; token += kKeyBlockTokens) {
      for (int64_t first = 0; first < layout.head_dim; first += kScaleElements) {
        V scale[kGroupVectors];
        for (int v = 0; v < kGroupVectors; ++v) scale[v] = Isa::load(scales + v * V::kLanes * 2, KvF16{});
        const int64_t end =
            first + kScaleElements < layout.head_dim ? first + kScaleElements : layout.head_dim;
        for (int64_t d = first; d < end; ++d) {
          V group[kGroupVectors];
          Isa::prefetch(numbers + ahead);
          Isa::load_group(numbers, Kv{}, group);
          for (int v = 0; v < kGroupVectors; ++v) (group[v] * scale[v]).store(dst + v * V::kLanes);
          numbers += Kv::kGroupBytes;
          dst += kKeyBlockTokens;
        }
        scales += kKeyBlockTokens * 2;
      }
    }
  }

  // The last group of a value may be longer than the value: what is too much, the next one writes over.
  static void quantised_values(const KvPageLayout& layout, const std::byte* scales, int64_t ahead,
                               float* dst) {
    const std::byte* numbers = scales + layout.value_scale_bytes;
    for (int64_t token = 0; token < kKvPageTokens; ++token) {
      const std::byte* group_at = numbers + token * layout.value_stride;
      float* const value = dst + token * layout.value_dim;
      for (int64_t d = 0; d < layout.value_dim; d += kKeyBlockTokens) {
        const V scale = Isa::broadcast_f16(scales + (token * layout.value_blocks + d / kScaleElements) * 2);
        V group[kGroupVectors];
        Isa::prefetch(group_at + ahead);
        Isa::load_group(group_at, Kv{}, group);
        for (int v = 0; v < kGroupVectors; ++v) (group[v] * scale).store(value + d + v * V::kLanes);
        group_at += Kv::kGroupBytes;
      }
    }
  }
};

}  // namespace nagare::attention_kernel
