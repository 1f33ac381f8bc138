// The inner loops of machine_limits.cc, one set per instruction set. Each does `rounds` rounds of independent
// operations on registers and returns how many it did; read() sums the words of a buffer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nagare::limit_loops {

struct Loops {
  int64_t (*f32)(int64_t rounds) = nullptr;
  int64_t (*int8)(int64_t rounds) = nullptr;
  int64_t (*bf16)(int64_t rounds) = nullptr;
  uint64_t (*read)(const std::byte* src, int64_t bytes) = nullptr;  // a multiple of 4096 bytes
};

const Loops& generic();
const Loops& avx2();
const Loops& avx512();

}  // namespace nagare::limit_loops
