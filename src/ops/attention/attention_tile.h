// The product behind both halves of attention, written once: rows of a (queries, or weights) times a matrix
// that lies in a page (keys, or values). Included by the files that are compiled for an instruction set:
//   Isa::V; Isa::load(p, Kv{}) → V of the kLanes numbers of that type at p (any alignment);
//   Isa::kTileRows; Isa::kSums, the registers that hold sums.
//
// Every result is one chain of multiply-adds in the order of k, whatever the shape of the tile: the same row
// has the same bits wherever it is computed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "ops/attention/kv_page.h"

namespace nagare::attention_kernel {

// Tags for the type of keys and values.
struct KvF32 {
  static constexpr int kBytes = 4;
};
struct KvF16 {
  static constexpr int kBytes = 2;
};
struct KvBF16 {
  static constexpr int kBytes = 2;
};

// out[row][column] (+)= Σ_k a[row][k] · b[k][column]. Columns come in groups of kKeyBlockTokens that lie side
// by side.
struct Product {
  const float* a = nullptr;
  int64_t a_stride = 0;
  const std::byte* b = nullptr;
  int64_t step_bytes = 0;   // from one k to the next
  int64_t group_bytes = 0;  // from one group of columns to the next
  int64_t k = 0;
  float* out = nullptr;
  int64_t out_stride = 0;
  int64_t groups = 0;
  bool add = false;  // to what is in out
};

template <class Isa, class Kv, int kRows, int kVectors>
struct Tile {
  using V = typename Isa::V;
  static constexpr int kGroupVectors = kKeyBlockTokens / V::kLanes;

  // The columns of vectors [first, first + kVectors).
  static void run(const Product& p, int64_t first) {
    const std::byte* b[kVectors];
    const float* a[kRows];
    float* out = p.out + first * V::kLanes;
    for (int v = 0; v < kVectors; ++v) {
      const int64_t vector = first + v;
      b[v] = p.b + vector / kGroupVectors * p.group_bytes + vector % kGroupVectors * V::kLanes * Kv::kBytes;
    }
    for (int row = 0; row < kRows; ++row) a[row] = p.a + row * p.a_stride;
    V sums[kRows][kVectors];
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v)
        sums[row][v] = p.add ? V::load(out + row * p.out_stride + v * V::kLanes) : V::zero();
    }
    for (int64_t k = 0; k < p.k; ++k) {
      V columns[kVectors];
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) columns[v] = Isa::load(b[v] + k * p.step_bytes, Kv{});
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const V x = V::broadcast(a[row][k]);
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) sums[row][v] = fma(columns[v], x, sums[row][v]);
      }
    }
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[row][v].store(out + row * p.out_stride + v * V::kLanes);
    }
  }
};

// As many columns at once as there are registers for their sums, at most four vectors.
template <class Isa, class Kv, int kRows>
void run_rows(const Product& p) {
  constexpr int kFit = Isa::kSums / kRows;
  constexpr int kVectors = kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1;
  const int64_t vectors = p.groups * (kKeyBlockTokens / Isa::V::kLanes);
  int64_t first = 0;
  for (; first + kVectors <= vectors; first += kVectors) Tile<Isa, Kv, kRows, kVectors>::run(p, first);
  if constexpr (kVectors == 4) {
    for (; first + 2 <= vectors; first += 2) Tile<Isa, Kv, kRows, 2>::run(p, first);
  }
  if constexpr (kVectors > 1) {
    for (; first < vectors; ++first) Tile<Isa, Kv, kRows, 1>::run(p, first);
  }
}

template <class Isa, class Kv, int... kRowsLessOne>
void run_product(const Product& p, int64_t rows, std::integer_sequence<int, kRowsLessOne...>) {
  using Function = void (*)(const Product&);
  static constexpr std::array<Function, sizeof...(kRowsLessOne)> kByRows{
      &run_rows<Isa, Kv, kRowsLessOne + 1>...};
  kByRows[static_cast<size_t>(rows - 1)](p);
}

// 1 … Isa::kTileRows rows.
template <class Isa, class Kv>
void run_product(const Product& p, int64_t rows) {
  run_product<Isa, Kv>(p, rows, std::make_integer_sequence<int, Isa::kTileRows>{});
}

}  // namespace nagare::attention_kernel
