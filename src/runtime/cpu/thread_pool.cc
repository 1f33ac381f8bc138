#include "runtime/cpu/thread_pool.h"

#include <algorithm>
#include <exception>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nagare {
namespace {

// 30 to 80 µs of pauses on current x86 (a pause takes 60 to 140 cycles): longer than the gap between two ops,
// shorter than a scheduler's slice.
constexpr int kSpinsBeforeSleep = 2000;
// After this many pauses the caller lets the system run whoever holds the last part.
constexpr int kSpinsBeforeYield = 4000;
constexpr uint64_t kNoPart = 0x7fffffff;

inline void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

constexpr uint32_t job_of(uint64_t ticket) {
  return static_cast<uint32_t>(ticket >> 32);
}
constexpr int part_of(uint64_t ticket) {
  return static_cast<int>(ticket & 0xffffffffu);
}

}  // namespace

ThreadPool::ThreadPool(int threads, int cores)
    : most_awake_(std::clamp(cores - 1, 1, std::max(1, threads - 1))) {
  workers_.reserve(static_cast<size_t>(std::max(0, threads - 1)));
  for (int i = 1; i < threads; ++i) {
    try {
      workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    } catch (const std::exception&) {
      break;  // a limit on threads or memory: those that are there do the work of all
    }
  }
}

ThreadPool::~ThreadPool() {
  for (std::jthread& worker : workers_) worker.request_stop();
  wake_.fetch_add(1);
  wake_.notify_all();
}

void ThreadPool::take_parts(uint64_t ticket) noexcept {
  const uint32_t job = job_of(ticket);
  for (;;) {
    const int parts = parts_.load(std::memory_order_acquire);
    const Task task = task_.load(std::memory_order_acquire);
    void* const context = context_.load(std::memory_order_acquire);
    if (job_of(ticket) != job || part_of(ticket) >= parts) return;
    // Success means that no newer job was published since `ticket` was read, so the three fields were this
    // job's.
    if (ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
      task(context, part_of(ticket));
      done_.fetch_add(1, std::memory_order_release);
      ticket = ticket_.load(std::memory_order_acquire);
    }
  }
}

void ThreadPool::run(int parts, Task task, void* context) noexcept {
  if (parts <= 0) return;
  if (parts == 1 || workers_.empty()) {
    for (int part = 0; part < parts; ++part) task(context, part);
    return;
  }
  // Odd numbers are closed jobs: a thread that still holds a ticket of the last one can claim nothing while
  // the fields change.
  const uint64_t closed = static_cast<uint64_t>(job_of(ticket_.load(std::memory_order_relaxed)) + 1) << 32;
  ticket_.store(closed | kNoPart, std::memory_order_seq_cst);
  task_.store(task, std::memory_order_release);
  context_.store(context, std::memory_order_release);
  parts_.store(parts, std::memory_order_release);
  done_.store(0, std::memory_order_relaxed);
  const uint64_t job = closed + (uint64_t{1} << 32);
  ticket_.store(job, std::memory_order_seq_cst);
  wake_for(parts);
  take_parts(job);
  wait_until_done(parts);
}

void ThreadPool::wake_for(int parts) noexcept {
  const int sleepers = sleepers_.load(std::memory_order_seq_cst);
  if (sleepers == 0) return;
  const int awake = static_cast<int>(workers_.size()) - sleepers;
  const int wanted = std::min(most_awake_, parts - 1) - awake;
  if (wanted <= 0) return;
  wake_.fetch_add(1, std::memory_order_seq_cst);
  if (wanted >= sleepers) return wake_.notify_all();
  for (int i = 0; i < wanted; ++i) wake_.notify_one();
}

void ThreadPool::wait_until_done(int parts) noexcept {
  for (int spins = 0; done_.load(std::memory_order_acquire) != parts; ++spins) {
    if (spins < kSpinsBeforeYield) {
      pause_briefly();
    } else {
      std::this_thread::yield();
    }
  }
}

void ThreadPool::work(const std::stop_token& stop) noexcept {
  uint32_t seen_job = 0;
  int spins = 0;
  while (!stop.stop_requested()) {
    const uint64_t ticket = ticket_.load(std::memory_order_acquire);
    if (job_of(ticket) != seen_job) {
      seen_job = job_of(ticket);
      take_parts(ticket);
      spins = 0;
      continue;
    }
    if (++spins < kSpinsBeforeSleep) {
      pause_briefly();
      continue;
    }
    spins = 0;
    // Count ourselves as sleeping first, then look once more: run() publishes the job before it counts
    // sleepers.
    const uint32_t wake = wake_.load(std::memory_order_seq_cst);
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    if (job_of(ticket_.load(std::memory_order_seq_cst)) == seen_job && !stop.stop_requested()) {
      wake_.wait(wake, std::memory_order_seq_cst);
    }
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }
}

}  // namespace nagare
