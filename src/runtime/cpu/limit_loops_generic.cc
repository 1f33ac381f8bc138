#include <cstring>

#include "runtime/cpu/limit_loops.h"

namespace nagare::limit_loops {
namespace {

constexpr int kLanes = 32;

int64_t f32(int64_t rounds) {
  float sums[kLanes];
  for (float& sum : sums) sum = 1.0f;
  volatile float source = 0.999f;
  const float factor = source;
  for (int64_t i = 0; i < rounds; ++i) {
    for (float& sum : sums) sum = sum * factor + factor;
  }
  volatile float sink = 0;
  for (const float sum : sums) sink = sum;
  static_cast<void>(sink);
  return rounds * kLanes * 2;
}

uint64_t read(const std::byte* src, int64_t bytes) {
  uint64_t sums[8] = {};
  for (int64_t at = 0; at < bytes; at += 64) {
    uint64_t words[8];
    std::memcpy(words, src + at, sizeof words);
    for (int i = 0; i < 8; ++i) sums[i] += words[i];
  }
  uint64_t total = 0;
  for (const uint64_t sum : sums) total += sum;
  return total;
}

}  // namespace

const Loops& generic() {
  static constexpr Loops kLoops{.f32 = &f32, .read = &read};
  return kLoops;
}

}  // namespace nagare::limit_loops
