// The float tile, written once over a float vector V (base/simd) and a way to load weights. Included by the
// files that are compiled for an instruction set:
//   Isa::V; Isa::load(p, Weight{}) → V of the kLanes numbers of that type at p
#pragma once

#include "ops/gemm/floats/float_tile.h"

namespace nagare::gemm::float_kernel {

// Tags for the weights' type.
struct F32Weights {
  static constexpr int kBytes = 4;
};
struct F16Weights {
  static constexpr int kBytes = 2;
};
struct BF16Weights {
  static constexpr int kBytes = 2;
};

// How far ahead of the multiplication weights are asked for, in bytes of a panel; 0: not at all. With few
// rows the hardware's own prefetcher keeps memory busy, and asking as well made reading slower by up to a
// fifth.
constexpr int64_t prefetch_bytes(int rows) {
  return rows < 3 ? 0 : 4096;
}

template <class Isa, class Weights, int kPanels, int kRows>
struct Tile {
  using V = typename Isa::V;
  static constexpr int kVectors = kFloatPanelRows / V::kLanes;  // of a panel
  static constexpr int kStepBytes = kFloatPanelRows * Weights::kBytes;
  static constexpr int kStepsPerLine = kStepBytes >= 64 ? 1 : 64 / kStepBytes;

  static void run(const FloatTask& task) {
    V sums[kRows][kPanels * kVectors];
    for (int i = 0; i < kRows; ++i) {
      for (int j = 0; j < kPanels * kVectors; ++j) sums[i][j] = V::zero();
    }
    const std::byte* weights = task.panel;
    const float* a = task.activations;
    int64_t k = 0;
    for (; k + kStepsPerLine <= task.k; k += kStepsPerLine) {
      if constexpr (prefetch_bytes(kRows) > 0) {
#pragma GCC unroll 4
        for (int p = 0; p < kPanels; ++p)
          Isa::prefetch(weights + p * task.panel_bytes + prefetch_bytes(kRows));
      }
#pragma GCC unroll 2
      for (int step = 0; step < kStepsPerLine; ++step) {
        add_step(sums, weights, task.panel_bytes, a);
        weights += kStepBytes;
        a += kRows;
      }
    }
    for (; k < task.k; ++k) {
      add_step(sums, weights, task.panel_bytes, a);
      weights += kStepBytes;
      a += kRows;
    }
    store(sums, task);
  }

 private:
  [[gnu::always_inline]] static void add_step(V (&sums)[kRows][kPanels * kVectors], const std::byte* weights,
                                              int64_t panel_bytes, const float* a) {
    V w[kPanels * kVectors];
#pragma GCC unroll 4
    for (int p = 0; p < kPanels; ++p) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v)
        w[p * kVectors + v] =
            Isa::load(weights + p * panel_bytes + v * V::kLanes * Weights::kBytes, Weights{});
    }
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      const V x = V::broadcast(a[i]);
#pragma GCC unroll 8
      for (int j = 0; j < kPanels * kVectors; ++j) sums[i][j] = fma(w[j], x, sums[i][j]);
    }
  }

  static void store(const V (&sums)[kRows][kPanels * kVectors], const FloatTask& task) {
    for (int i = 0; i < kRows; ++i) {
      if (i >= task.rows) return;
      for (int j = 0; j < kPanels * kVectors; ++j) store_vector(sums[i][j], task, i, j * V::kLanes);
    }
  }

  static void store_vector(V value, const FloatTask& task, int row, int column) {
    const int64_t left = task.columns - column;
    float* const c = task.c + row * task.c_stride + column;
    if (left >= V::kLanes) {
      if (task.bias != nullptr) value = value + V::load(task.bias + column);
      if (task.residual != nullptr)
        value = value + V::load(task.residual + row * task.residual_stride + column);
      value.store(c);
    } else if (left > 0) {
      const int count = static_cast<int>(left);
      if (task.bias != nullptr) value = value + V::load_first(task.bias + column, count);
      if (task.residual != nullptr)
        value = value + V::load_first(task.residual + row * task.residual_stride + column, count);
      value.store_first(c, count);
    }
  }
};

// A set of variants: kFew rows take kManyPanels panels at once, more rows kFewPanels.
template <int kRows, int kPanels>
struct Shape {};

template <class Isa, class Weights, int... kRows, int... kPanels>
constexpr FloatTileSet make_set(Shape<kRows, kPanels>...) {
  FloatTileSet set;
  int rows = 1;
  const auto add = [&](int size, int panels, FloatFunction many, FloatFunction one) {
    for (; rows <= size; ++rows) set.by_rows[rows] = {size, panels, many, one};
    set.max_rows = size;
    if (panels > set.panels_at_once) set.panels_at_once = panels;
  };
  (add(kRows, kPanels, &Tile<Isa, Weights, kPanels, kRows>::run, &Tile<Isa, Weights, 1, kRows>::run), ...);
  return set;
}

// One set per type of weights; `Shapes...` are the variants, by rising number of rows.
template <class Isa, class... Shapes>
const FloatTileSet& tiles(DType dtype) {
  static constexpr FloatTileSet kF32 = make_set<Isa, F32Weights>(Shapes{}...);
  static constexpr FloatTileSet kF16 = make_set<Isa, F16Weights>(Shapes{}...);
  static constexpr FloatTileSet kBF16 = make_set<Isa, BF16Weights>(Shapes{}...);
  if (dtype == DType::kF32) return kF32;
  return dtype == DType::kF16 ? kF16 : kBF16;
}

}  // namespace nagare::gemm::float_kernel
