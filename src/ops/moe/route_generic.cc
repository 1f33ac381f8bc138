// One pass over the scores that keeps the best in order; experts are so few that no instruction set helps.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "ops/moe/route_solvers.h"
#include "ops/parallel_rows.h"

namespace nagare {
namespace {

// A score and its expert as one number that orders them: by score (NaN below all), then by lower expert.
uint64_t ordering_key(float score, int64_t expert) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.0f);  // -0 counts as 0
  const uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  const uint64_t high = std::isnan(score) ? 0 : ascending;
  return high << 32 | (0xffffffffu - static_cast<uint32_t>(expert));
}

int64_t expert_of(uint64_t key) {
  return 0xffffffffu - static_cast<uint32_t>(key);
}

using BestKeys = std::array<uint64_t, kMaxExpertsUsed>;

void find_best(const RouteProblem& p, const float* scores, BestKeys& best) {
  int64_t kept = 0;
  for (int64_t expert = 0; expert < p.experts; ++expert) {
    const uint64_t key = ordering_key(scores[expert], expert);
    if (kept == p.used && key < best[static_cast<size_t>(kept - 1)]) continue;
    int64_t place = kept == p.used ? kept - 1 : kept++;
    for (; place > 0 && best[static_cast<size_t>(place - 1)] < key; --place)
      best[static_cast<size_t>(place)] = best[static_cast<size_t>(place - 1)];
    best[static_cast<size_t>(place)] = key;
  }
}

void route_row(const RouteProblem& p, const float* scores, float scale, float* dst) {
  BestKeys best;
  find_best(p, scores, best);
  float* const weights = dst + p.used;
  const float highest = scores[expert_of(best[0])];
  float chosen = 0;
  for (int64_t i = 0; i < p.used; ++i) {
    const int64_t expert = expert_of(best[static_cast<size_t>(i)]);
    dst[i] = static_cast<float>(expert);
    weights[i] = p.scoring == RouteScoring::kSoftmax ? std::exp(scores[expert] - highest)
                                                     : 1.0f / (1.0f + std::exp(-scores[expert]));
    chosen += weights[i];
  }
  float divisor = 1;
  if (p.normalise) {
    divisor = std::max(chosen, 1e-20f);
  } else if (p.scoring == RouteScoring::kSoftmax) {
    divisor = 0;
    for (int64_t expert = 0; expert < p.experts; ++expert) divisor += std::exp(scores[expert] - highest);
  }
  for (int64_t i = 0; i < p.used; ++i) weights[i] = weights[i] / divisor * scale;
}

void run(const Stream& stream, const RouteProblem& p, const RouteArguments& a) {
  parallel_rows(stream, a.rows, a.rows * p.experts * 4, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      route_row(p, a.scores + row * a.scores_stride, a.scale, a.dst + row * a.dst_stride);
  });
}

}  // namespace

IsaSolver<RouteProblem, RouteArguments> route_generic() {
  return IsaSolver<RouteProblem, RouteArguments>({.id = "generic",
                                                  .level = IsaLevel::kGeneric,
                                                  .function = &run,
                                                  .work = &work_of,
                                                  .bytes_per_second = 4e9,
                                                  .flops_per_second = 4e9});
}

}  // namespace nagare
