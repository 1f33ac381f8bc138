// The algorithm, written once over a float vector V (base/simd).
#pragma once

#include "base/simd/math.h"
#include "ops/activation/activation.h"
#include "ops/parallel_rows.h"

namespace nagare::activation_kernel {

template <ActivationKind kind, class V>
inline V activate(V x) {
  if constexpr (kind == ActivationKind::kSilu) {
    return x * simd::logistic(x);
  } else if constexpr (kind == ActivationKind::kGeluTanh) {
    // (1 + tanh u) / 2 is the logistic function of 2u: no cancellation where x is far below 0.
    const V twice_u =
        x * V::broadcast(1.5957691216057308f) * fma(x * x, V::broadcast(0.044715f), V::broadcast(1.0f));
    return x * simd::logistic(twice_u);
  } else if constexpr (kind == ActivationKind::kGeluErf) {
    // 1 + erf z is erfc(-z): no cancellation either.
    return x * V::broadcast(0.5f) * simd::erfc(x * V::broadcast(-0.70710678118654752f));
  } else if constexpr (kind == ActivationKind::kGeluQuick) {
    return x * simd::logistic(x * V::broadcast(1.702f));
  } else if constexpr (kind == ActivationKind::kRelu) {
    return max(x, V::zero());
  } else if constexpr (kind == ActivationKind::kRelu2) {
    const V positive = max(x, V::zero());
    return positive * positive;
  } else {
    return x;
  }
}

template <ActivationKind kind, bool glu, class V>
inline void run_row(const float* gate, const float* up, float* dst, int64_t n) {
  int64_t i = 0;
  for (; i + V::kLanes <= n; i += V::kLanes) {
    const V value = activate<kind>(V::load(gate + i));
    if constexpr (glu) {
      (value * V::load(up + i)).store(dst + i);
    } else {
      value.store(dst + i);
    }
  }
  if (i == n) return;
  const int count = static_cast<int>(n - i);
  V value = activate<kind>(V::load_first(gate + i, count));
  if constexpr (glu) value = value * V::load_first(up + i, count);
  value.store_first(dst + i, count);
}

// One long row is shared out by columns, many rows by rows: both in runs of whole vectors of one row.
template <ActivationKind kind, bool glu, class V>
inline void run_kind(const Stream& stream, const ActivationProblem& p, const ActivationArguments& a) {
  constexpr int64_t kColumns = 1024;
  const int64_t runs_per_row = a.rows > 1 ? 1 : (p.n + kColumns - 1) / kColumns;
  const int64_t run_columns = a.rows > 1 ? p.n : kColumns;
  parallel_rows(stream, a.rows * runs_per_row, a.rows * p.n, [&](int64_t begin, int64_t end) {
    for (int64_t run = begin; run < end; ++run) {
      const int64_t row = run / runs_per_row;
      const int64_t column = run % runs_per_row * run_columns;
      const int64_t count = run_columns < p.n - column ? run_columns : p.n - column;
      run_row<kind, glu, V>(a.gate + row * a.gate_stride + column,
                            glu ? a.up + row * a.up_stride + column : nullptr,
                            a.dst + row * a.dst_stride + column, count);
    }
  });
}

template <ActivationKind kind, class V>
inline void run_glu(const Stream& stream, const ActivationProblem& p, const ActivationArguments& a) {
  if (p.glu) {
    run_kind<kind, true, V>(stream, p, a);
  } else {
    run_kind<kind, false, V>(stream, p, a);
  }
}

template <class V>
inline void run(const Stream& stream, const ActivationProblem& p, const ActivationArguments& a) {
  switch (p.kind) {
    case ActivationKind::kSilu:
      return run_glu<ActivationKind::kSilu, V>(stream, p, a);
    case ActivationKind::kGeluTanh:
      return run_glu<ActivationKind::kGeluTanh, V>(stream, p, a);
    case ActivationKind::kGeluErf:
      return run_glu<ActivationKind::kGeluErf, V>(stream, p, a);
    case ActivationKind::kGeluQuick:
      return run_glu<ActivationKind::kGeluQuick, V>(stream, p, a);
    case ActivationKind::kRelu:
      return run_glu<ActivationKind::kRelu, V>(stream, p, a);
    case ActivationKind::kRelu2:
      return run_glu<ActivationKind::kRelu2, V>(stream, p, a);
    case ActivationKind::kIdentity:
      return run_glu<ActivationKind::kIdentity, V>(stream, p, a);
  }
}

}  // namespace nagare::activation_kernel
