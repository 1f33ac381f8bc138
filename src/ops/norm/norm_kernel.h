// The algorithm, written once over a float vector V (base/simd). Two passes over a row that lies in the L1
// cache.
#pragma once

#include <cmath>
#include <cstdint>

#include "ops/norm/norm.h"

namespace nagare::norm_kernel {

// Sum over x of f(x), in a fixed order whatever the thread: four accumulators hide the latency of the add.
template <class V, class F>
inline float sum_over(const float* x, int64_t n, F f) {
  V acc[4] = {V::zero(), V::zero(), V::zero(), V::zero()};
  int64_t i = 0;
  for (; i + 4 * V::kLanes <= n; i += 4 * V::kLanes) {
    for (int j = 0; j < 4; ++j) acc[j] = f(V::load(x + i + j * V::kLanes), acc[j]);
  }
  for (; i + V::kLanes <= n; i += V::kLanes) acc[0] = f(V::load(x + i), acc[0]);
  float tail = 0;
  if (i < n) {
    float rest[V::kLanes];
    const int count = static_cast<int>(n - i);
    f(V::load_first(x + i, count), V::zero()).store(rest);
    for (int j = 0; j < count; ++j) tail += rest[j];
  }
  return reduce_add((acc[0] + acc[1]) + (acc[2] + acc[3])) + tail;
}

template <class V>
inline void apply(const NormArguments& a, const float* x, float* y, int64_t n, float shift, float scale) {
  const V vshift = V::broadcast(shift);
  const V vscale = V::broadcast(scale);
  const auto one = [&](V value, V weight, V bias) { return fma((value - vshift) * vscale, weight, bias); };
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) {
    const V weight = a.weight == nullptr ? V::broadcast(1.0f) : V::load(a.weight + i);
    const V bias = a.bias == nullptr ? V::zero() : V::load(a.bias + i);
    one(V::load(x + i), weight, bias).store(y + i);
  }
  if (i == n) return;
  const int count = static_cast<int>(n - i);
  const V weight = a.weight == nullptr ? V::broadcast(1.0f) : V::load_first(a.weight + i, count);
  const V bias = a.bias == nullptr ? V::zero() : V::load_first(a.bias + i, count);
  one(V::load_first(x + i, count), weight, bias).store_first(y + i, count);
}

template <class V>
inline void normalise_row(const NormProblem& p, const NormArguments& a, const float* x, float* y) {
  const auto count = static_cast<float>(p.n);
  float mean = 0;
  if (p.kind == NormKind::kLayer) mean = sum_over<V>(x, p.n, [](V v, V acc) { return acc + v; }) / count;
  const V vmean = V::broadcast(mean);
  const float squares = sum_over<V>(x, p.n, [vmean](V v, V acc) { return fma(v - vmean, v - vmean, acc); });
  apply<V>(a, x, y, p.n, mean, 1.0f / std::sqrt(squares / count + a.epsilon));
}

// Rows are shared out among the threads only where there is enough to do for the hand-over (about 1 µs).
template <class V>
inline void run(const Stream& stream, const NormProblem& p, const NormArguments& a) {
  const auto rows = [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t group = 0; group < p.groups; ++group) {
        normalise_row<V>(p, a, a.src + row * a.src_stride + group * p.n,
                         a.dst + row * a.dst_stride + group * p.n);
      }
    }
  };
  constexpr int64_t kElementsWorthAThread = 16384;
  if (stream.threads() == 1 || a.rows < 2 || a.rows * p.groups * p.n < kElementsWorthAThread)
    return rows(0, a.rows);
  const int parts = stream.threads();
  stream.parallel_for(parts, [&](int part) {
    const Range range = split_range(a.rows, 1, parts, part);
    rows(range.begin, range.end);
  });
}

}  // namespace nagare::norm_kernel
