// The algorithm, written once over what attention_tile.h, attention_unpack.h and attention_store.h ask of an
// instruction set.
//
// Online softmax over tiles (Dao et al., "FlashAttention", 2022; Milakov and Gimelshein, 2018), with the
// pages of the cache as tiles: for every chunk of the context the scores of a unit's rows, their weights, the
// weighted sum of the values; then the chunk's part is merged into that of the chunks before it.
#pragma once

#include <atomic>

#include "base/round_up.h"
#include "ops/attention/attention_softmax.h"
#include "ops/attention/attention_store.h"
#include "ops/attention/attention_workspace.h"

namespace nagare::attention_kernel {

inline constexpr float kLog2E = 1.44269504088896341f;
// Products that are worth handing to another thread (about 2 µs).
inline constexpr int64_t kProductsWorthAThread = 1 << 16;

template <class Isa, class Kv>
class Kernel {
  using V = typename Isa::V;

 public:
  Kernel(const Stream& stream, const AttentionProblem& p, const AttentionArguments& a)
      : stream_(stream), p_(p), a_(a), layout_(p), units_(p, a.spans), out_stride_(out_stride(p)) {}

  void run() {
    store();
    const int64_t products = units_.products();
    const int64_t threads = products < kProductsWorthAThread ? 1 : stream_.threads();
    const int64_t chunks = units_.count() < kUnitsPerThread * threads ? units_.chunks() : 0;
    if (threads > 1 && chunks > units_.count()) {
      run_split(chunks);
    } else {
      run_units(threads);
    }
  }

 private:
  // Fewer units than this for each thread are split along the context, so that no thread waits for long.
  static constexpr int64_t kUnitsPerThread = 4;
  // More rows than this take the page's numbers as float32 from the scratch, converted once.
  static constexpr int64_t kDirectRows = Isa::kTileRows;
  static constexpr int64_t kTileRows = Isa::kTileRows;

  // Rows [begin, begin + count) of a unit, at most Isa::kTileRows, and the columns of a chunk that any of
  // them sees.
  struct RowTile {
    int64_t begin = 0;
    int64_t count = 0;
    KeyRange seen;
  };

  void store() {
    int64_t rows = 0;
    for (const AttentionSpan& span : a_.spans) rows += span.rows;
    const bool serial = rows * p_.kv_heads * (p_.head_dim + p_.value_dim) < kProductsWorthAThread;
    if (serial || stream_.threads() == 1) {
      for (const AttentionSpan& span : a_.spans) Store<Isa, Kv>::span(layout_, p_, a_, span);
      return;
    }
    // No two threads write to the same page: each has its own pages of each span.
    const int parts = stream_.threads();
    stream_.parallel_for(parts, [&](int part) {
      for (const AttentionSpan& span : a_.spans) store_part(span, parts, part);
    });
  }

  void store_part(const AttentionSpan& span, int parts, int part) {
    const int64_t in_first_page = span.first_position % kKvPageTokens;
    const Range range = split_range(in_first_page + span.rows, kKvPageTokens, parts, part);
    const int64_t begin = range.begin > in_first_page ? range.begin - in_first_page : 0;
    const int64_t end = range.end - in_first_page;
    if (begin >= end) return;
    AttentionSpan piece = span;
    piece.first_row += static_cast<int32_t>(begin);
    piece.first_position += static_cast<int32_t>(begin);
    piece.rows = static_cast<int32_t>(end - begin);
    Store<Isa, Kv>::span(layout_, p_, a_, piece);
  }

  // Every unit by one thread.
  void run_units(int64_t threads) {
    std::atomic<int64_t> next{0};
    const auto take_units = [&](int thread) {
      const AttentionScratch scratch(p_, a_.workspace, thread);
      AttentionUnits::Place place;
      for (int64_t index = next.fetch_add(1, std::memory_order_relaxed); index < units_.count();
           index = next.fetch_add(1, std::memory_order_relaxed)) {
        run_unit(units_.at(index, place), scratch);
      }
    };
    if (threads == 1) return take_units(0);
    stream_.parallel_for(static_cast<int>(threads), take_units);
  }

  void run_unit(const AttentionUnit& unit, const AttentionScratch& scratch) {
    load_queries(unit, scratch.q);
    const int64_t first = unit.first_chunk();
    run_chunk(unit, first, scratch, scratch.total);
    for (int64_t chunk = first + 1; chunk < first + unit.chunks(); ++chunk) {
      run_chunk(unit, chunk, scratch, scratch.chunk);
      merge(unit, scratch.chunk, scratch.total);
    }
    finish(unit, scratch.total);
  }

  // Chunks of all units by all threads, a few per thread at a time; this thread merges them in order.
  void run_split(int64_t chunks) {
    const int threads = stream_.threads();
    const int64_t slots = int64_t{kSlotsPerThread} * threads;
    const AttentionScratch own(p_, a_.workspace, 0);
    for (int64_t first = 0; first < chunks; first += slots) {
      const int64_t end = std::min(chunks, first + slots);
      std::atomic<int64_t> next{first};
      stream_.parallel_for(threads, [&](int thread) {
        const AttentionScratch scratch(p_, a_.workspace, thread);
        for (int64_t index = next.fetch_add(1, std::memory_order_relaxed); index < end;
             index = next.fetch_add(1, std::memory_order_relaxed)) {
          const auto [unit, chunk] = chunk_at(index);
          load_queries(unit, scratch.q);
          run_chunk(unit, unit.first_chunk() + chunk, scratch, slot(index - first));
        }
      });
      for (int64_t index = first; index < end; ++index) take_over(index, slot(index - first), own.total);
    }
  }

  AttentionPartial slot(int64_t index) const {
    return attention_slot(p_, a_.workspace, stream_.threads(), static_cast<int>(index));
  }

  struct UnitChunk {
    AttentionUnit unit;
    int64_t chunk = 0;  // of the unit
  };
  UnitChunk chunk_at(int64_t index) const {
    AttentionUnits::Place place;
    AttentionUnit unit = units_.at(0, place);
    for (int64_t next = 1; index >= unit.chunks(); ++next) {
      index -= unit.chunks();
      unit = units_.at(next, place);
    }
    return {unit, index};
  }

  void take_over(int64_t index, const AttentionPartial& part, const AttentionPartial& total) {
    const auto [unit, chunk] = chunk_at(index);
    const bool only = unit.chunks() == 1;
    if (!only && chunk == 0) copy(unit, part, total);
    if (chunk > 0) merge(unit, part, total);
    if (chunk == unit.chunks() - 1) finish(unit, only ? part : total);
  }

  // Rows of a unit: token after token, the heads of each, packed as Product::a of keys wants them.
  void load_queries(const AttentionUnit& unit, float* q) {
    const V scale = V::broadcast(p_.softcap ? a_.scale / a_.softcap : a_.scale * kLog2E);
    for (int64_t row = 0; row < unit.rows(); ++row) {
      const int64_t token = unit.span->first_row + unit.first_token + row / unit.heads;
      const float* src = a_.q + token * a_.q_stride + (unit.first_head + row % unit.heads) * p_.head_dim;
      float* dst = q + row / kTileRows * kTileRows * query_stride(p_) + row % kTileRows * kQueryBlock;
      for (int64_t d = 0; d < p_.head_dim; d += V::kLanes) {
        const int count = static_cast<int>(std::min<int64_t>(V::kLanes, p_.head_dim - d));
        const V query = count == V::kLanes ? V::load(src + d) : V::load_first(src + d, count);
        (query * scale).store(dst + d / kQueryBlock * kQueryBlock * kTileRows + d % kQueryBlock);
      }
    }
  }

  int64_t position_of(const AttentionUnit& unit, int64_t row) const {
    return unit.span->first_position + unit.first_token + row / unit.heads;
  }

  // The columns of a chunk that a row sees; nothing is {0, 0}.
  KeyRange columns_seen(const AttentionUnit& unit, int64_t row, int64_t chunk) const {
    const KeyRange keys = visible_keys(p_, *unit.span, position_of(unit, row));
    const int64_t first = chunk * kChunkTokens;
    const KeyRange columns{.begin = std::max<int64_t>(0, keys.begin - first),
                           .end = std::min(kChunkTokens, keys.end - first)};
    return columns.begin < columns.end ? columns : KeyRange{};
  }

  RowTile tile_at(const AttentionUnit& unit, int64_t row, int64_t chunk) const {
    RowTile tile{.begin = row, .count = std::min(kTileRows, unit.rows() - row)};
    // Later rows begin later and end later; where the first or the last sees nothing, the others bound it.
    const KeyRange first = columns_seen(unit, row, chunk);
    const KeyRange last = columns_seen(unit, row + tile.count - 1, chunk);
    if (first.end == 0) {
      tile.seen = {.begin = 0, .end = last.end};
    } else if (last.end == 0) {
      tile.seen = {.begin = first.begin, .end = kChunkTokens};
    } else {
      tile.seen = {.begin = first.begin, .end = last.end};
    }
    if (first.end == 0 && last.end == 0) tile.seen = {};
    return tile;
  }

  // All rows of a unit over one chunk of its context.
  void run_chunk(const AttentionUnit& unit, int64_t chunk, const AttentionScratch& scratch,
                 const AttentionPartial& part) {
    std::array<RowTile, kUnitRows / kTileRows> tiles;
    int64_t tile_count = 0;
    for (int64_t row = 0; row < unit.rows(); row += kTileRows) {
      tiles[static_cast<size_t>(tile_count++)] = tile_at(unit, row, chunk);
    }
    const std::span<const RowTile> all(tiles.data(), static_cast<size_t>(tile_count));
    const int64_t first_page = std::max(unit.keys.begin, chunk * kChunkTokens) / kKvPageTokens;
    const int64_t last_page = (std::min(unit.keys.end, (chunk + 1) * kChunkTokens) - 1) / kKvPageTokens;
    for (int64_t page = first_page; page <= last_page; ++page) {
      const std::byte* const keys = page_keys(unit, page);
      const std::byte* const next =
          page < last_page ? page_keys(unit, page + 1) : page_values(unit, first_page);
      scores_of_page(unit, keys, page, next - keys, all, scratch);
    }
    for (const RowTile& tile : all) weigh(unit, chunk, tile, scratch.scores, part);
    const bool is_last = last_page * kKvPageTokens + kKvPageTokens >= unit.keys.end;
    for (int64_t page = first_page; page <= last_page; ++page) {
      const std::byte* const values = page_values(unit, page);
      const std::byte* next = values;
      if (page < last_page) next = page_values(unit, page + 1);
      if (page == last_page && !is_last) next = page_keys(unit, page + 1);
      values_of_page(unit, values, page, next - values, all, scratch, part);
    }
  }

  const std::byte* page_keys(const AttentionUnit& unit, int64_t page) const {
    return layout_.head(a_.cache, unit.span->pages[page], unit.kv_head);
  }
  const std::byte* page_values(const AttentionUnit& unit, int64_t page) const {
    return page_keys(unit, page) + layout_.key_bytes;
  }

  // Is the page multiplied as it lies there?
  static bool is_direct(const AttentionUnit& unit) {
    if constexpr (is_quantised_v<Kv>) return false;
    return std::is_same_v<Kv, KvF32> || unit.rows() <= kDirectRows;
  }

  // What lies `ahead` bytes from a page's keys or values is needed next, and prefetched.
  void scores_of_page(const AttentionUnit& unit, const std::byte* keys, int64_t page, int64_t ahead,
                      std::span<const RowTile> tiles, const AttentionScratch& scratch) {
    if constexpr (!is_quantised_v<Kv>) {
      if (is_direct(unit)) return scores_of_page<Kv>(keys, page, ahead, tiles, scratch);
    }
    Unpack<Isa, Kv>::keys(layout_, keys, ahead, scratch.keys);
    scores_of_page<KvF32>(reinterpret_cast<const std::byte*>(scratch.keys), page, 0, tiles, scratch);
  }

  template <class Type>
  void scores_of_page(const std::byte* keys, int64_t page, int64_t ahead, std::span<const RowTile> tiles,
                      const AttentionScratch& scratch) {
    const int64_t column = page * kKvPageTokens % kChunkTokens;
    const int64_t block_bytes = kKeyBlockTokens * p_.head_dim * Type::kBytes;
    for (const RowTile& tile : tiles) {
      const int64_t begin = std::max(tile.seen.begin - column, int64_t{0}) / kKeyBlockTokens;
      const int64_t last = std::min(tile.seen.end - column, int64_t{kKvPageTokens});
      const int64_t end = (last + kKeyBlockTokens - 1) / kKeyBlockTokens;
      if (begin >= end) continue;
      run_product<Isa, Type, Side::kKeys>(
          {.a = scratch.q + tile.begin * query_stride(p_),
           .b = keys + begin * block_bytes,
           .step_bytes = kKeyBlockTokens * Type::kBytes,
           .group_bytes = block_bytes,
           .k = p_.head_dim,
           .out = scratch.scores + tile.begin * kScoreStride + column + begin * kKeyBlockTokens,
           .out_stride = kScoreStride,
           .groups = end - begin,
           .prefetch_bytes = ahead},
          tile.count);
    }
  }

  // Scores to weights.
  void weigh(const AttentionUnit& unit, int64_t chunk, const RowTile& tile, float* scores,
             const AttentionPartial& part) {
    for (int64_t row = tile.begin; row < tile.begin + tile.count; ++row) {
      const int64_t position = position_of(unit, row);
      ScoreRow score_row{.scores = scores + row * kScoreStride,
                         .begin = tile.seen.begin / kKeyBlockTokens * kKeyBlockTokens,
                         .end = round_up(tile.seen.end, kKeyBlockTokens),
                         .seen = columns_seen(unit, row, chunk),
                         .softcap = p_.softcap,
                         .cap = a_.softcap * kLog2E,
                         .distance = static_cast<float>(chunk * kChunkTokens - position)};
      if (p_.alibi) score_row.slope = a_.alibi_slopes[unit.first_head + row % unit.heads] * kLog2E;
      Softmax<V>::run(score_row, part.largest[row], part.sums[row]);
    }
  }

  void values_of_page(const AttentionUnit& unit, const std::byte* values, int64_t page, int64_t ahead,
                      std::span<const RowTile> tiles, const AttentionScratch& scratch,
                      const AttentionPartial& part) {
    if constexpr (!is_quantised_v<Kv>) {
      if (is_direct(unit)) return values_of_page<Kv>(values, page, ahead, tiles, scratch, part);
    }
    Unpack<Isa, Kv>::values(layout_, values, ahead, scratch.values);
    values_of_page<KvF32>(reinterpret_cast<const std::byte*>(scratch.values), page, 0, tiles, scratch, part);
  }

  template <class Type>
  void values_of_page(const std::byte* values, int64_t page, int64_t ahead, std::span<const RowTile> tiles,
                      const AttentionScratch& scratch, const AttentionPartial& part) {
    const int64_t column = page * kKvPageTokens % kChunkTokens;
    for (const RowTile& tile : tiles) {
      float* const out = part.out + tile.begin * out_stride_;
      if (tile.seen.end == 0) {
        clear(out, tile.count);
        continue;
      }
      const int64_t begin = std::max(tile.seen.begin, column);
      const int64_t end = std::min(tile.seen.end, column + kKvPageTokens);
      if (begin >= end) continue;
      run_product<Isa, Type, Side::kValues>({.a = scratch.scores + tile.begin * kScoreStride + begin,
                                             .b = values + (begin - column) * p_.value_dim * Type::kBytes,
                                             .step_bytes = p_.value_dim * Type::kBytes,
                                             .group_bytes = kKeyBlockTokens * Type::kBytes,
                                             .k = end - begin,
                                             .out = out,
                                             .out_stride = out_stride_,
                                             .groups = out_stride_ / kKeyBlockTokens,
                                             .add = begin > tile.seen.begin,
                                             .prefetch_bytes = ahead},
                                            tile.count);
    }
  }

  void clear(float* out, int64_t rows) {
    for (int64_t i = 0; i < rows * out_stride_; i += V::kLanes) V::zero().store(out + i);
  }

  void copy(const AttentionUnit& unit, const AttentionPartial& part, const AttentionPartial& total) {
    for (int64_t i = 0; i < unit.rows() * out_stride_; i += V::kLanes)
      V::load(part.out + i).store(total.out + i);
    std::copy_n(part.largest, unit.rows(), total.largest);
    std::copy_n(part.sums, unit.rows(), total.sums);
  }

  // What both sides are scaled by to have the same largest score; the total takes it over.
  struct Scales {
    float total[kUnitRows];
    float part[kUnitRows];
  };
  static void align(int64_t rows, const AttentionPartial& part, const AttentionPartial& total,
                    Scales& scales) {
    for (int64_t row = 0; row < rows; row += V::kLanes) {
      const int count = static_cast<int>(std::min<int64_t>(V::kLanes, rows - row));
      const V old_largest = V::load_first(total.largest + row, count);
      const V new_largest = V::load_first(part.largest + row, count);
      const V largest = max(old_largest, new_largest);
      simd::exp2(old_largest - largest).store_first(scales.total + row, count);
      simd::exp2(new_largest - largest).store_first(scales.part + row, count);
      largest.store_first(total.largest + row, count);
    }
  }

  void merge(const AttentionUnit& unit, const AttentionPartial& part, const AttentionPartial& total) {
    Scales scales;
    align(unit.rows(), part, total, scales);
    for (int64_t row = 0; row < unit.rows(); ++row) {
      if (part.sums[row] == 0) continue;
      total.sums[row] = total.sums[row] * scales.total[row] + part.sums[row] * scales.part[row];
      const V old_scale = V::broadcast(scales.total[row]);
      const V new_scale = V::broadcast(scales.part[row]);
      const float* from = part.out + row * out_stride_;
      float* to = total.out + row * out_stride_;
      for (int64_t d = 0; d < out_stride_; d += V::kLanes) {
        fma(V::load(from + d), new_scale, V::load(to + d) * old_scale).store(to + d);
      }
    }
  }

  void finish(const AttentionUnit& unit, const AttentionPartial& total) {
    for (int64_t row = 0; row < unit.rows(); ++row) {
      const int64_t token = unit.span->first_row + unit.first_token + row / unit.heads;
      const int64_t head = unit.first_head + row % unit.heads;
      const float* src = total.out + row * out_stride_;
      float* dst = a_.dst + token * a_.dst_stride + head * p_.value_dim;
      const V inverse = V::broadcast(1.0f / total.sums[row]);
      int64_t d = 0;
      for (; d + V::kLanes <= p_.value_dim; d += V::kLanes) (V::load(src + d) * inverse).store(dst + d);
      const int rest = static_cast<int>(p_.value_dim - d);
      if (rest > 0) (V::load(src + d) * inverse).store_first(dst + d, rest);
    }
  }

  const Stream& stream_;
  const AttentionProblem& p_;
  const AttentionArguments& a_;
  const KvPageLayout layout_;
  const AttentionUnits units_;
  const int64_t out_stride_;
};

template <class Isa>
void run(const Stream& stream, const AttentionProblem& p, const AttentionArguments& a) {
  if (p.kv == DType::kF32) return Kernel<Isa, KvF32>(stream, p, a).run();
  if (p.kv == DType::kF16) return Kernel<Isa, KvF16>(stream, p, a).run();
  if (p.kv == DType::kBF16) return Kernel<Isa, KvBF16>(stream, p, a).run();
  if (p.kv == DType::kQ8_0) return Kernel<Isa, KvQ8_0>(stream, p, a).run();
  Kernel<Isa, KvQ4_0>(stream, p, a).run();
}

}  // namespace nagare::attention_kernel
