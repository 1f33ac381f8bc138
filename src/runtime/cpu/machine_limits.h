// What this machine could do at best: the yardstick that benchmarks print their distance from. Measured, not
// looked up, because clocks, memory and neighbours differ; takes about a third of a second.
#pragma once

#include "runtime/device.h"

namespace nagare {

// Per second, all threads together; 0 where the processor has no such instruction.
struct MachineLimits {
  double f32_flops = 0;   // fused multiply-adds on float32, two a piece
  double int8_ops = 0;    // AVX-512 VNNI dot products of bytes
  double bf16_flops = 0;  // AVX-512 BF16 dot products
  double read_bytes = 0;  // reading memory that is in no cache
};

// `threads` at most stream.threads(). An error where there is no memory for the buffer to read.
Result<MachineLimits> measure_machine_limits(const Stream& stream, const DeviceTraits& traits, int threads);

}  // namespace nagare
