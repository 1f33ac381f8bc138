// The algorithm, written once over a float vector V (base/simd).
#pragma once

#include "ops/moe/combine.h"
#include "ops/parallel_rows.h"

namespace nagare::combine_kernel {

template <class V>
inline void combine_row(const CombineProblem& p, const float* src, const float* weights, float* dst) {
  int64_t i = 0;
  for (; i + V::kLanes <= p.n; i += V::kLanes) {
    V sum = V::zero();
    for (int64_t slot = 0; slot < p.used; ++slot)
      sum = fma(V::broadcast(weights[slot]), V::load(src + slot * p.n + i), sum);
    sum.store(dst + i);
  }
  if (i == p.n) return;
  const int count = static_cast<int>(p.n - i);
  V sum = V::zero();
  for (int64_t slot = 0; slot < p.used; ++slot)
    sum = fma(V::broadcast(weights[slot]), V::load_first(src + slot * p.n + i, count), sum);
  sum.store_first(dst + i, count);
}

template <class V>
inline void run(const Stream& stream, const CombineProblem& p, const CombineArguments& a) {
  parallel_rows(stream, a.rows, a.rows * p.used * p.n, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      combine_row<V>(p, a.src + row * a.src_stride, a.weights + row * a.weights_stride,
                     a.dst + row * a.dst_stride);
    }
  });
}

}  // namespace nagare::combine_kernel
