// Looking through the logits of a large vocabulary for the few that matter.
#pragma once

#include <cstdint>
#include <limits>

namespace nagare {

// The largest of x[count]; NaN counts as none, and where there is none it is -inf. Written in lanes, so that
// the compiler makes vectors of it.
inline float largest_logit(const float* x, int64_t count) {
  constexpr int kLanes = 16;
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  float lanes[kLanes];
  for (float& lane : lanes) lane = kLowest;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane)
      lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
  }
  float best = kLowest;
  for (const float lane : lanes) best = lane > best ? lane : best;
  for (; i < count; ++i) best = x[i] > best ? x[i] : best;
  return best;
}

}  // namespace nagare
