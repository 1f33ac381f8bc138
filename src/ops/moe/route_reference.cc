// Plain, slow, obviously right: one search through all experts per pick, double precision.
#include <cmath>
#include <limits>

#include "ops/moe/route_solvers.h"

namespace nagare {
namespace {

bool is_picked(const float* picks, int64_t count, int64_t expert) {
  for (int64_t i = 0; i < count; ++i) {
    if (picks[i] == static_cast<float>(expert)) return true;
  }
  return false;
}

int64_t best_of_rest(const RouteProblem& p, const float* scores, const float* picks, int64_t count) {
  int64_t best = -1;
  for (int64_t expert = 0; expert < p.experts; ++expert) {
    if (is_picked(picks, count, expert)) continue;
    const bool better = best < 0 || scores[expert] > scores[best] ||
                        (std::isnan(scores[best]) && !std::isnan(scores[expert]));
    if (better) best = expert;
  }
  return best;
}

double raw_weight(const RouteProblem& p, const float* scores, int64_t expert) {
  if (p.scoring == RouteScoring::kSigmoid)
    return 1.0 / (1.0 + std::exp(-static_cast<double>(scores[expert])));
  double highest = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < p.experts; ++i) highest = std::fmax(highest, scores[i]);
  double sum = 0;
  for (int64_t i = 0; i < p.experts; ++i) sum += std::exp(scores[i] - highest);
  return std::exp(scores[expert] - highest) / sum;
}

void run(const Stream&, const RouteProblem& p, const RouteArguments& a) {
  for (int64_t row = 0; row < a.rows; ++row) {
    const float* scores = a.scores + row * a.scores_stride;
    float* dst = a.dst + row * a.dst_stride;
    double sum = 0;
    for (int64_t i = 0; i < p.used; ++i) {
      const int64_t expert = best_of_rest(p, scores, dst, i);
      dst[i] = static_cast<float>(expert);
      sum += raw_weight(p, scores, expert);
    }
    for (int64_t i = 0; i < p.used; ++i) {
      const double weight = raw_weight(p, scores, static_cast<int64_t>(dst[i]));
      dst[p.used + i] = static_cast<float>(weight / (p.normalise ? sum : 1.0) * static_cast<double>(a.scale));
    }
  }
}

}  // namespace

IsaSolver<RouteProblem, RouteArguments> route_reference() {
  return IsaSolver<RouteProblem, RouteArguments>({.id = "reference",
                                                  .level = IsaLevel::kGeneric,
                                                  .function = &run,
                                                  .work = &work_of,
                                                  .bytes_per_second = 1e9,
                                                  .flops_per_second = 1e8});
}

}  // namespace nagare
