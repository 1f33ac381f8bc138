// How a call is cut into pieces of work that do not depend on each other.
//
// A unit is up to kUnitRows rows of q (tokens × heads) of one sequence and one head of k and v: each page of
// the keys that they see is read once for all of them. Along the context a unit is cut into chunks of
// kChunkTokens positions, whose borders are multiples of it: partial results of chunks are merged in order,
// by whichever thread, so neither the cutting into units nor the number of threads shows in the bits.
#pragma once

#include <cstdint>

#include "ops/attention/attention.h"

namespace nagare {

inline constexpr int kUnitRows = 64;
inline constexpr int64_t kChunkTokens = 4 * kKvPageTokens;

// Positions [begin, end) of a sequence.
struct KeyRange {
  int64_t begin = 0;
  int64_t end = 0;
};

// What the row at `position` sees.
KeyRange visible_keys(const AttentionProblem& problem, const AttentionSpan& span, int64_t position);

struct AttentionUnit {
  const AttentionSpan* span = nullptr;
  int64_t kv_head = 0;
  int64_t first_head = 0;  // of q
  int64_t heads = 0;
  int64_t first_token = 0;  // in the span
  int64_t tokens = 0;
  KeyRange keys;  // that any of its rows sees

  int64_t rows() const { return tokens * heads; }
  int64_t first_chunk() const { return keys.begin / kChunkTokens; }
  int64_t chunks() const { return (keys.end + kChunkTokens - 1) / kChunkTokens - first_chunk(); }
};

class AttentionUnits {
 public:
  AttentionUnits(const AttentionProblem& problem, std::span<const AttentionSpan> spans);

  // Where a walk through the units is: asking for rising numbers walks on instead of beginning anew.
  struct Place {
    size_t span = 0;
    int64_t first_unit = 0;  // of the span
  };

  int64_t count() const { return count_; }
  // Chunks of all units.
  int64_t chunks() const;
  // Products of an element of k or v with one of q, or a weight, that all units make: nearly, for balancing.
  int64_t products() const;
  // Units of one kv head follow each other: its keys and values stay in the cache. Of them the last tokens
  // come first: they see the most keys, and long work is best begun early.
  AttentionUnit at(int64_t index, Place& place) const;

 private:
  int64_t token_blocks(const AttentionSpan& span) const {
    return (span.rows + unit_tokens_ - 1) / unit_tokens_;
  }

  const AttentionProblem* problem_;
  std::span<const AttentionSpan> spans_;
  int64_t group_;       // heads of q that share one of k and v
  int64_t unit_heads_;  // of them in a unit
  int64_t unit_tokens_;
  int64_t head_blocks_;  // units that all heads of q make for the same tokens
  int64_t count_ = 0;
};

}  // namespace nagare
