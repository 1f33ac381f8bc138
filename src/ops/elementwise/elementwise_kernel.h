// The algorithm, written once over a float vector V (base/simd).
#pragma once

#include "base/simd/math.h"
#include "ops/elementwise/elementwise.h"
#include "ops/parallel_rows.h"

namespace nagare::elementwise_kernel {

template <ElementwiseKind kind, class V>
inline V one(V a, V b, V scalar, V inverse) {
  if constexpr (kind == ElementwiseKind::kAdd) return a + b;
  if constexpr (kind == ElementwiseKind::kMul) return a * b;
  if constexpr (kind == ElementwiseKind::kScale) return a * scalar;
  if constexpr (kind == ElementwiseKind::kSoftcap) return scalar * simd::tanh(a * inverse);
}

template <ElementwiseKind kind, class V>
inline void run_row(const float* a, const float* b, float* dst, int64_t n, float scalar) {
  constexpr bool kHasB = kind == ElementwiseKind::kAdd || kind == ElementwiseKind::kMul;
  const V vscalar = V::broadcast(scalar);
  const V inverse = V::broadcast(1.0f / scalar);
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) {
    const V other = kHasB ? V::load(b + i) : V::zero();
    one<kind>(V::load(a + i), other, vscalar, inverse).store(dst + i);
  }
  if (i == n) return;
  const int count = static_cast<int>(n - i);
  const V other = kHasB ? V::load_first(b + i, count) : V::zero();
  one<kind>(V::load_first(a + i, count), other, vscalar, inverse).store_first(dst + i, count);
}

template <ElementwiseKind kind, class V>
inline void run_kind(const Stream& stream, const ElementwiseProblem& p, const ElementwiseArguments& a) {
  const int64_t b_stride = p.broadcast ? 0 : a.b_stride;
  parallel_rows(stream, a.rows, a.rows * p.n, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* b = a.b == nullptr ? nullptr : a.b + row * b_stride;
      run_row<kind, V>(a.a + row * a.a_stride, b, a.dst + row * a.dst_stride, p.n, a.scalar);
    }
  });
}

template <class V>
inline void run(const Stream& stream, const ElementwiseProblem& p, const ElementwiseArguments& a) {
  switch (p.kind) {
    case ElementwiseKind::kAdd:
      return run_kind<ElementwiseKind::kAdd, V>(stream, p, a);
    case ElementwiseKind::kMul:
      return run_kind<ElementwiseKind::kMul, V>(stream, p, a);
    case ElementwiseKind::kScale:
      return run_kind<ElementwiseKind::kScale, V>(stream, p, a);
    case ElementwiseKind::kSoftcap:
      return run_kind<ElementwiseKind::kSoftcap, V>(stream, p, a);
  }
}

}  // namespace nagare::elementwise_kernel
