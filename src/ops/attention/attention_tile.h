// The two products of attention, written once: queries times the keys of a page, weights times its values.
// Included by the files that are compiled for an instruction set:
//   Isa::V; Isa::load(p, Kv{}) → V of the kLanes numbers of that type at p (any alignment);
//   Isa::prefetch(p); Isa::kTileRows; Isa::kSums, the registers that hold sums.
//
// Every result is one chain of multiply-adds in the order of the elements (scores) or tokens (values),
// whatever the shape of the tile: the same row has the same bits wherever it is computed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "ops/attention/attention_workspace.h"
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

enum class Side : uint8_t { kKeys, kValues };

// out[row][column] (+)= Σ_k a[row][k] · b[k][column], for up to Isa::kTileRows rows. Columns come in groups
// of kKeyBlockTokens that lie side by side.
struct Product {
  // Keys: queries, [k / kQueryBlock][Isa::kTileRows][kQueryBlock]. Values: weights, [row][kScoreStride].
  const float* a = nullptr;
  const std::byte* b = nullptr;
  int64_t step_bytes = 0;   // from one k to the next
  int64_t group_bytes = 0;  // from one group of columns to the next
  int64_t k = 0;
  float* out = nullptr;
  int64_t out_stride = 0;
  int64_t groups = 0;
  bool add = false;            // to what is in out
  int64_t prefetch_bytes = 0;  // from b to what is read next; 0: nothing
};

template <class Isa, class Kv, Side kSide, int kRows, int kVectors>
struct Tile {
  using V = typename Isa::V;
  static constexpr int kGroupVectors = kKeyBlockTokens / V::kLanes;
  // A line of 64 bytes holds so many steps of a group of keys, or so many groups of a step of values.
  static constexpr int kPerLine = 64 / (kKeyBlockTokens * Kv::kBytes);
  static constexpr int kStepsPerLine = kSide == Side::kKeys ? kPerLine : 1;
  static constexpr int kGroupsPerLine = kSide == Side::kKeys ? 1 : kPerLine;

  // The columns of vectors [first, first + kVectors).
  static void run(const Product& p, int64_t first) {
    const std::byte* b[kVectors];
    float* const out = p.out + first * V::kLanes;
    for (int v = 0; v < kVectors; ++v) {
      const int64_t vector = first + v;
      b[v] = p.b + vector / kGroupVectors * p.group_bytes + vector % kGroupVectors * V::kLanes * Kv::kBytes;
    }
    V sums[kRows][kVectors];
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v)
        sums[row][v] = p.add ? V::load(out + row * p.out_stride + v * V::kLanes) : V::zero();
    }
    // Within a block of k all addresses are the same but for constants.
    constexpr int64_t kBlock = kSide == Side::kKeys ? kQueryBlock : kChunkTokens;
    int64_t offset = 0;
    for (int64_t k = 0; k < p.k; k += kBlock) {
      const float* const a = p.a + k * (kSide == Side::kKeys ? Isa::kTileRows : 1);
      add_block(sums, b, offset, a, kBlock < p.k - k ? kBlock : p.k - k, p);
      offset += kBlock * p.step_bytes;
    }
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[row][v].store(out + row * p.out_stride + v * V::kLanes);
    }
  }

 private:
  [[gnu::always_inline]] static void add_block(V (&sums)[kRows][kVectors], const std::byte* const* b,
                                               int64_t offset, const float* a, int64_t count,
                                               const Product& p) {
    const float* const end = a + count;
    for (; a + kStepsPerLine <= end; a += kStepsPerLine) {
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; v += kGroupVectors * kGroupsPerLine)
        Isa::prefetch(b[v] + offset + p.prefetch_bytes);
#pragma GCC unroll 2
      for (int step = 0; step < kStepsPerLine; ++step) {
        add_step(sums, b, offset, a + step);
        offset += p.step_bytes;
      }
    }
    for (; a < end; ++a) {
      add_step(sums, b, offset, a);
      offset += p.step_bytes;
    }
  }

  [[gnu::always_inline]] static void add_step(V (&sums)[kRows][kVectors], const std::byte* const* b,
                                              int64_t offset, const float* a) {
    V columns[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) columns[v] = Isa::load(b[v] + offset, Kv{});
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      const V x = V::broadcast(a[row * (kSide == Side::kKeys ? int64_t{kQueryBlock} : kScoreStride)]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[row][v] = fma(columns[v], x, sums[row][v]);
    }
  }
};

// As many columns at once as there are registers for their sums, at most four vectors.
template <class Isa, class Kv, Side kSide, int kRows>
void run_rows(const Product& p) {
  constexpr int kFit = Isa::kSums / kRows;
  constexpr int kVectors = kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1;
  const int64_t vectors = p.groups * (kKeyBlockTokens / Isa::V::kLanes);
  int64_t first = 0;
  for (; first + kVectors <= vectors; first += kVectors) Tile<Isa, Kv, kSide, kRows, kVectors>::run(p, first);
  if constexpr (kVectors == 4) {
    for (; first + 2 <= vectors; first += 2) Tile<Isa, Kv, kSide, kRows, 2>::run(p, first);
  }
  if constexpr (kVectors > 1) {
    for (; first < vectors; ++first) Tile<Isa, Kv, kSide, kRows, 1>::run(p, first);
  }
}

template <class Isa, class Kv, Side kSide, int... kRowsLessOne>
void run_product(const Product& p, int64_t rows, std::integer_sequence<int, kRowsLessOne...>) {
  using Function = void (*)(const Product&);
  static constexpr std::array<Function, sizeof...(kRowsLessOne)> kByRows{
      &run_rows<Isa, Kv, kSide, kRowsLessOne + 1>...};
  kByRows[static_cast<size_t>(rows - 1)](p);
}

// 1 … Isa::kTileRows rows.
template <class Isa, class Kv, Side kSide>
void run_product(const Product& p, int64_t rows) {
  run_product<Isa, Kv, kSide>(p, rows, std::make_integer_sequence<int, Isa::kTileRows>{});
}

}  // namespace nagare::attention_kernel
