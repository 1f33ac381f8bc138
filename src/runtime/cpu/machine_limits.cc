#include "runtime/cpu/machine_limits.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/clock.h"
#include "runtime/buffer.h"
#include "runtime/cpu/limit_loops.h"

namespace nagare {
namespace {

constexpr int kRepeats = 5;
constexpr int64_t kRounds = 200'000;             // some 0.7 ms a loop
constexpr int64_t kReadBytesAtLeast = 96 << 20;  // and three times the last-level cache

const limit_loops::Loops& loops_for(const CpuFeatures& cpu) {
  if (cpu.avx512) return limit_loops::avx512();
  return cpu.avx2 ? limit_loops::avx2() : limit_loops::generic();
}

// The best rate of a few repeats; work(part) returns what it did.
template <class Work>
double best_rate(const Stream& stream, int threads, const Work& work) {
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    std::atomic<int64_t> done = 0;
    const int64_t start = now_ns();
    stream.parallel_for(threads, [&](int part) { done.fetch_add(work(part)); });
    best = std::max(best, static_cast<double>(done.load()) / (static_cast<double>(now_ns() - start) * 1e-9));
  }
  return best;
}

}  // namespace

Result<MachineLimits> measure_machine_limits(const Stream& stream, const DeviceTraits& traits, int threads) {
  const limit_loops::Loops& loops = loops_for(traits.cpu);
  const auto arithmetic = [&](int64_t (*loop)(int64_t)) {
    return best_rate(stream, threads, [loop](int) { return loop(kRounds); });
  };
  MachineLimits limits;
  limits.f32_flops = arithmetic(loops.f32);
  if (loops.int8 != nullptr && traits.cpu.avx512_vnni) limits.int8_ops = arithmetic(loops.int8);
  if (loops.bf16 != nullptr && traits.cpu.avx512_bf16) limits.bf16_flops = arithmetic(loops.bf16);

  const int64_t share = std::max(kReadBytesAtLeast, 3 * traits.l3_bytes) / threads / kPageBytes * kPageBytes;
  ASSIGN_OR_RETURN(const Buffer buffer, Buffer::allocate(share * threads));
  stream.parallel_for(
      threads, [&](int part) { std::memset(buffer.data() + part * share, 1, static_cast<size_t>(share)); });
  std::atomic<uint64_t> sink = 0;
  limits.read_bytes = best_rate(stream, threads, [&](int part) {
    sink.fetch_add(loops.read(buffer.data() + part * share, share));
    return share;
  });
  return limits;
}

}  // namespace nagare
