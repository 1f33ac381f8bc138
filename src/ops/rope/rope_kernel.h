// The algorithm, written once over a float vector V (base/simd). The angles of a run of dimensions are loaded
// once and used for all heads of the row, which lie in the L1 cache.
#pragma once

#include <algorithm>

#include "ops/parallel_rows.h"
#include "ops/rope/rope.h"

namespace nagare::rope_kernel {

template <class V>
inline V load_up_to(const float* p, int64_t count) {
  return count >= V::kLanes ? V::load(p) : V::load_first(p, static_cast<int>(std::max<int64_t>(count, 0)));
}

template <class V>
inline void store_up_to(V value, float* p, int64_t count) {
  if (count >= V::kLanes) {
    value.store(p);
  } else {
    value.store_first(p, static_cast<int>(count));
  }
}

template <class V>
inline void turn_interleaved(const RopeProblem& p, const float* table, float* row) {
  for (int64_t i = 0; i < p.dims; i += V::kLanes) {
    const int64_t count = p.dims - i;
    const V angle = load_up_to<V>(table + i, count);
    const V cosine = even_twice(angle);
    const V sine = odd_twice(angle);
    for (int64_t head = 0; head < p.heads; ++head) {
      float* x = row + head * p.head_dim + i;
      const V value = load_up_to<V>(x, count);
      store_up_to(fma_subtract_add(value, cosine, swap_pairs(value) * sine), x, count);
    }
  }
}

template <class V>
inline void turn_halves(const RopeProblem& p, const float* table, float* row) {
  const int64_t half = p.dims / 2;
  for (int64_t i = 0; i < half; i += V::kLanes) {
    const int64_t count = half - i;
    const V low = load_up_to<V>(table + 2 * i, 2 * count);
    const V high =
        2 * count > V::kLanes ? load_up_to<V>(table + 2 * i + V::kLanes, 2 * count - V::kLanes) : V::zero();
    const V cosine = even_lanes(low, high);
    const V sine = odd_lanes(low, high);
    for (int64_t head = 0; head < p.heads; ++head) {
      float* x = row + head * p.head_dim + i;
      const V a = load_up_to<V>(x, count);
      const V b = load_up_to<V>(x + half, count);
      store_up_to(a * cosine - b * sine, x, count);
      store_up_to(fma(b, cosine, a * sine), x + half, count);
    }
  }
}

template <class V>
inline void run(const Stream& stream, const RopeProblem& p, const RopeArguments& a) {
  parallel_rows(stream, a.rows, a.rows * p.heads * p.dims, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* table = a.table + row * p.dims;
      float* data = a.data + row * a.stride;
      if (p.kind == RopeKind::kInterleaved) {
        turn_interleaved<V>(p, table, data);
      } else {
        turn_halves<V>(p, table, data);
      }
    }
  });
}

}  // namespace nagare::rope_kernel
