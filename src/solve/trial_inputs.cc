#include "solve/trial_inputs.h"

namespace nagare {
namespace {

// splitmix64 (Steele, Lea and Flood, 2014): a counter, well mixed.
uint64_t mix(uint64_t counter) {
  uint64_t z = counter * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

std::vector<float> random_floats(int64_t count, uint64_t seed, float deviation) {
  constexpr float kMean = 2 * 65535.0f;
  constexpr float kDeviation = 37837.2f;  // 65536 · sqrt(4 / 12)
  std::vector<float> values(static_cast<size_t>(count));
  const uint64_t start = mix(seed + 1);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint64_t bits = mix(start + i);
    const uint64_t pairs = (bits & 0x0000ffff0000ffffu) + ((bits >> 16) & 0x0000ffff0000ffffu);
    const auto sum = static_cast<int32_t>((pairs & 0xffffffffu) + (pairs >> 32));
    values[i] = (static_cast<float>(sum) - kMean) * (deviation / kDeviation);
  }
  for (size_t i = 60; i < values.size(); i += 61) values[i] *= 10.0f;
  return values;
}

}  // namespace nagare
