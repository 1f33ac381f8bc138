// The threads that kernels run on.
//
// A job is `parts` calls of one function. The caller takes part; parts are claimed one by one, so a thread
// that the system has taken off its core holds up at most the one part it is in. Idle threads spin for some
// tens of microseconds (the gap between two ops of a model), then sleep; no more of them are awake than there
// are cores, so more threads than cores cost nothing.
//
// Which thread computes a part never changes its numbers: kernels split their output, not their sums.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace nagare {

class ThreadPool {
 public:
  // `threads` includes the caller: 1 starts none. `cores` is how many of them can run at once.
  ThreadPool(int threads, int cores);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  using Task = void (*)(void* context, int part);

  // Calls task(context, part) for part = 0 … parts-1 and returns when all are done. One job at a time: only
  // one thread may call run(), and a task must not call it. Never allocates.
  void run(int parts, Task task, void* context) noexcept;

  // The same for any callable f(int part).
  template <class F>
  void parallel_for(int parts, F&& f) noexcept {
    using Body = std::remove_reference_t<F>;
    run(
        parts, [](void* context, int part) { (*static_cast<Body*>(context))(part); },
        const_cast<void*>(static_cast<const void*>(&f)));
  }

 private:
  void work(const std::stop_token& stop) noexcept;
  // Claims and runs parts of the job that `ticket` belongs to, until none is left.
  void take_parts(uint64_t ticket) noexcept;
  // Wakes as many sleepers as a job of `parts` parts and the cores can use.
  void wake_for(int parts) noexcept;
  void wait_until_done(int parts) noexcept;

  // High half: number of the job (even: open, odd: being changed); low half: the next part to claim. One
  // compare-and-swap claims a part of exactly the job that the fields below describe.
  alignas(64) std::atomic<uint64_t> ticket_{0};
  alignas(64) std::atomic<int> done_{0};
  alignas(64) std::atomic<Task> task_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<int> parts_{0};
  alignas(64) std::atomic<uint32_t> wake_{0};  // changes when sleepers must look again
  std::atomic<int> sleepers_{0};
  int most_awake_ = 0;  // workers
  std::vector<std::jthread> workers_;
};

// Splits `total` items into `parts` runs of nearly equal length, in multiples of `unit`; run `part` is
// [begin, end).
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};
inline Range split_range(int64_t total, int64_t unit, int parts, int part) {
  const int64_t units = (total + unit - 1) / unit;
  const int64_t begin = units * part / parts * unit;
  const int64_t end = units * (part + 1) / parts * unit;
  return {begin < total ? begin : total, end < total ? end : total};
}

}  // namespace nagare
