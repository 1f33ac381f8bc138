// Random inputs for trials: the same for every solver, from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nagare {

// Bell-shaped numbers (the sum of four even ones) with the given deviation, every 61st one ten times as
// large: activations have outliers. About a nanosecond each: a trial's weights may be many millions.
std::vector<float> random_floats(int64_t count, uint64_t seed, float deviation = 1.0f);

}  // namespace nagare
