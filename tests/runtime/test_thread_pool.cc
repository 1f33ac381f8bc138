#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <numeric>

#include "runtime/cpu/thread_pool.h"

namespace nagare {
namespace {

TEST(ThreadPool, EveryPartRunsOnceWhateverTheCounts) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads, 4);
    for (int job = 0; job < 2000; ++job) {
      const int parts = job % 17;
      std::vector<std::atomic<int>> hits(static_cast<size_t>(parts));
      pool.parallel_for(parts, [&](int part) { hits[static_cast<size_t>(part)].fetch_add(1); });
      for (const auto& hit : hits) ASSERT_EQ(hit.load(), 1);
    }
  }
}

TEST(ThreadPool, WorkersThatSleepWakeUp) {
  ThreadPool pool(3, 3);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    std::atomic<int> sum{0};
    pool.parallel_for(6, [&](int part) { sum += part; });
    ASSERT_EQ(sum.load(), 15);
  }
}

TEST(ThreadPool, ManyMoreThreadsThanCoresDoNotCollapse) {
  ThreadPool pool(16, 2);
  const auto start = std::chrono::steady_clock::now();
  std::atomic<int64_t> sum{0};
  for (int job = 0; job < 3000; ++job) {
    pool.parallel_for(16, [&](int part) { sum.fetch_add(part, std::memory_order_relaxed); });
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(sum.load(), 3000 * 120);
  // A pool that waits for every thread on every job needs a scheduler slice (milliseconds) per job here.
  EXPECT_LT(seconds.count(), 3.0);
}

// Jobs of about a hundred microseconds, as the ops of a model are.
double jobs_per_second(ThreadPool& pool, std::chrono::milliseconds duration) {
  const auto start = std::chrono::steady_clock::now();
  std::array<std::atomic<double>, 8> sinks{};
  int jobs = 0;
  for (; std::chrono::steady_clock::now() - start < duration; ++jobs) {
    pool.parallel_for(8, [&](int part) {
      double sum = 1;
      for (int i = 0; i < 6000; ++i) sum = sum * 0.999 + 1e-3;
      sinks[static_cast<size_t>(part)] = sum;
    });
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return jobs / seconds.count();
}

TEST(ThreadPool, MoreThreadsThanCoresBesideABusyNeighbour) {
  std::jthread neighbour([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::atomic_signal_fence(std::memory_order_seq_cst);
  });
  ThreadPool two(2, 2);
  ThreadPool eight(8, 2);
  // Other programs disturb single rounds; what the pool does shows in the best.
  double best_ratio = 0;
  for (int round = 0; round < 8 && best_ratio < 0.7; ++round) {
    const double few = jobs_per_second(two, std::chrono::milliseconds(60));
    const double many = jobs_per_second(eight, std::chrono::milliseconds(60));
    best_ratio = std::max(best_ratio, many / few);
  }
  EXPECT_GE(best_ratio, 0.7);
}

TEST(ThreadPool, IdleThreadsUseNoTime) {
  ThreadPool pool(4, 4);
  pool.parallel_for(8, [](int) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // they fall asleep
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.02);
}

TEST(ThreadPool, WhatOnePartWritesTheCallerSees) {
  ThreadPool pool(4, 4);
  std::vector<int64_t> values(1000);
  for (int job = 1; job <= 200; ++job) {
    pool.parallel_for(10, [&](int part) {
      const Range range = split_range(1000, 8, 10, part);
      for (int64_t i = range.begin; i < range.end; ++i) values[static_cast<size_t>(i)] += i;
    });
    ASSERT_EQ(std::accumulate(values.begin(), values.end(), int64_t{0}), job * 499500);
  }
}

}  // namespace
}  // namespace nagare
