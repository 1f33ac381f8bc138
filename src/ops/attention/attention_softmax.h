// Scores to weights, row by row, in vectors.
#pragma once

#include <cstdint>
#include <limits>

#include "base/simd/math.h"
#include "ops/attention/attention_units.h"

namespace nagare::attention_kernel {

// Below every score; where a row sees nothing, its largest.
inline constexpr float kNoScore = std::numeric_limits<float>::lowest();

// What is done to the scores of a row. Scores are exponents of 2: the factor log2(e) is in the queries, or,
// after a soft cap, in `cap`.
struct ScoreRow {
  float* scores = nullptr;  // of the chunk, from its first column
  int64_t begin = 0;        // columns to fill: a multiple of kKeyBlockTokens …
  int64_t end = 0;          // … likewise
  KeyRange seen;            // columns of keys that the row sees; the others get a weight of 0
  bool softcap = false;
  float cap = 0;       // softcap · log2(e)
  float slope = 0;     // ALiBi's, times log2(e)
  float distance = 0;  // of column 0 from the row: its key's position less the row's
};

template <class V>
struct Softmax {
  // Turns the scores into 2^(score - largest) and says the largest and their sum.
  static void run(const ScoreRow& row, float& largest, float& sum) {
    if (row.softcap || row.slope != 0) bend(row);
    V most = V::broadcast(kNoScore);
    for (int64_t column = row.begin; column < row.end; column += V::kLanes) {
      most = max(most, score_at(row, column));
    }
    largest = reduce_max(most);
    const V shift = V::broadcast(largest);
    V total = V::zero();
    // Stays 0 over numbers and becomes NaN of NaN and infinities, which the largest and 2^x may hide.
    V spoilt = V::zero();
    for (int64_t column = row.begin; column < row.end; column += V::kLanes) {
      const V score = score_at(row, column);
      V weight = simd::exp2(score - shift);
      if (!is_whole(row, column)) weight = masked(row, column, weight, V::zero());
      weight.store(row.scores + column);
      total = total + weight;
      spoilt = fma(score, V::zero(), spoilt);
    }
    sum = reduce_add(total + spoilt);
  }

 private:
  // The soft cap and ALiBi.
  static void bend(const ScoreRow& row) {
    for (int64_t column = row.begin; column < row.end; column += V::kLanes) {
      V score = V::load(row.scores + column);
      if (row.softcap) score = V::broadcast(row.cap) * simd::tanh(score);
      const V distance = V::lane_numbers() + V::broadcast(static_cast<float>(column) + row.distance);
      fma(distance, V::broadcast(row.slope), score).store(row.scores + column);
    }
  }

  static V score_at(const ScoreRow& row, int64_t column) {
    const V score = V::load(row.scores + column);
    return is_whole(row, column) ? score : masked(row, column, score, V::broadcast(kNoScore));
  }

  static bool is_whole(const ScoreRow& row, int64_t column) {
    return column >= row.seen.begin && column + V::kLanes <= row.seen.end;
  }

  static V masked(const ScoreRow& row, int64_t column, V score, V masked_score) {
    const V columns = V::lane_numbers() + V::broadcast(static_cast<float>(column));
    const V late_enough =
        select_less(columns, V::broadcast(static_cast<float>(row.seen.begin)), masked_score, score);
    return select_less(columns, V::broadcast(static_cast<float>(row.seen.end)), late_enough, masked_score);
  }
};

}  // namespace nagare::attention_kernel
