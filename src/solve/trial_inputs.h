// Random inputs for trials: the same for every solver, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace nagare {

// Normal numbers with the given deviation, every 61st one ten times as large: activations have outliers.
inline std::vector<float> random_floats(int64_t count, uint64_t seed, float deviation = 1.0f) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> normal(0.0f, deviation);
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = normal(engine) * (i % 61 == 60 ? 10.0f : 1.0f);
  return values;
}

}  // namespace nagare
