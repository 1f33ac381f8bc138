// New keys and values into their pages, in vectors; the bits are those of store_key and store_value. Beside
// what attention_tile.h asks of it:
//   Isa::store(V, p, Kv{}) writes kLanes numbers of that type, saturated to its finite range.
#pragma once

#include <algorithm>
#include <cstring>

#include "ops/attention/attention_unpack.h"
#include "runtime/device.h"

namespace nagare::attention_kernel {

template <class Isa, class Kv>
struct Store {
  using V = typename Isa::V;

  // x[0 … count), count at most kLanes, to numbers of the page's type side by side.
  static void convert(const float* x, int64_t count, std::byte* dst) {
    if (count == V::kLanes) return Isa::store(V::load(x), dst, Kv{});
    std::byte numbers[V::kLanes * Kv::kBytes];
    Isa::store(V::load_first(x, static_cast<int>(count)), numbers, Kv{});
    std::memcpy(dst, numbers, static_cast<size_t>(count) * Kv::kBytes);
  }

  static void value(const float* value, int64_t dim, std::byte* dst) {
    for (int64_t d = 0; d < dim; d += V::kLanes) {
      convert(value + d, std::min<int64_t>(V::kLanes, dim - d), dst + d * Kv::kBytes);
    }
  }

  // One key: its elements lie kKeyBlockTokens apart.
  static void key(const float* key, int64_t dim, std::byte* dst) {
    std::byte numbers[V::kLanes * Kv::kBytes];
    for (int64_t d = 0; d < dim; d += V::kLanes) {
      const int64_t count = std::min<int64_t>(V::kLanes, dim - d);
      convert(key + d, count, numbers);
      for (int64_t i = 0; i < count; ++i) {
        std::memcpy(dst + (d + i) * kKeyBlockTokens * Kv::kBytes, numbers + i * Kv::kBytes, Kv::kBytes);
      }
    }
  }

  // kKeyBlockTokens keys, a whole block of a page. Transposed in pieces that stay in the L1 cache: the rows'
  // strides may put them all into the same set.
  static void key_block(const float* keys, int64_t stride, int64_t dim, std::byte* dst) {
    float piece[kKeyBlockTokens][V::kLanes];
    float column[kKeyBlockTokens];
    for (int64_t first = 0; first < dim; first += V::kLanes) {
      const int64_t count = std::min<int64_t>(V::kLanes, dim - first);
      for (int64_t token = 0; token < kKeyBlockTokens; ++token) {
        V::load_first(keys + token * stride + first, static_cast<int>(count)).store(piece[token]);
      }
      for (int64_t d = 0; d < count; ++d) {
        for (int64_t token = 0; token < kKeyBlockTokens; ++token) column[token] = piece[token][d];
        for (int64_t token = 0; token < kKeyBlockTokens; token += V::kLanes) {
          convert(column + token, V::kLanes, dst + ((first + d) * kKeyBlockTokens + token) * Kv::kBytes);
        }
      }
    }
  }

  // Rows of a span, all in one page, of one kv head.
  static void rows(const KvPageLayout& layout, const AttentionArguments& a, const AttentionSpan& span,
                   int64_t kv_head, Range rows) {
    const int64_t position = span.first_position + rows.begin;
    std::byte* const head = layout.head(a.cache, span.pages[position / kKvPageTokens], kv_head);
    const float* k = a.k + (span.first_row + rows.begin) * a.k_stride + kv_head * layout.head_dim;
    const float* v = a.v + (span.first_row + rows.begin) * a.v_stride + kv_head * layout.value_dim;
    int64_t token = position % kKvPageTokens;
    const int64_t end = token + rows.end - rows.begin;
    if constexpr (is_quantised_v<Kv>) {
      for (; token < end; ++token) {
        store_key(layout, head, token, k);
        store_value(layout, head, token, v);
        k += a.k_stride;
        v += a.v_stride;
      }
    } else {
      plain_rows(layout, a, head, {token, end}, k, v);
    }
  }

  // `tokens` of the page.
  static void plain_rows(const KvPageLayout& layout, const AttentionArguments& a, std::byte* head,
                         Range tokens, const float* k, const float* v) {
    int64_t token = tokens.begin;
    const int64_t end = tokens.end;
    for (int64_t t = token; t < end; ++t) {
      value(v, layout.value_dim, head + layout.key_bytes + t * layout.value_dim * Kv::kBytes);
      v += a.v_stride;
    }
    while (token < end) {
      std::byte* const dst = head + layout.key_index(token, 0) * Kv::kBytes;
      const bool whole = token % kKeyBlockTokens == 0 && token + kKeyBlockTokens <= end;
      if (whole) {
        key_block(k, a.k_stride, layout.head_dim, dst);
      } else {
        key(k, layout.head_dim, dst);
      }
      token += whole ? kKeyBlockTokens : 1;
      k += (whole ? kKeyBlockTokens : 1) * a.k_stride;
    }
  }

  static void span(const KvPageLayout& layout, const AttentionProblem& p, const AttentionArguments& a,
                   const AttentionSpan& span) {
    int64_t row = 0;
    while (row < span.rows) {
      const int64_t left_in_page = kKvPageTokens - (span.first_position + row) % kKvPageTokens;
      const int64_t end = std::min<int64_t>(span.rows, row + left_in_page);
      for (int64_t kv_head = 0; kv_head < p.kv_heads; ++kv_head) rows(layout, a, span, kv_head, {row, end});
      row = end;
    }
  }
};

}  // namespace nagare::attention_kernel
