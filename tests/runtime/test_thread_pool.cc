#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "runtime/cpu/thread_pool.h"

namespace nagare {
namespace {

TEST(ThreadPool, EveryPartRunsOnceWhateverTheCounts) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (int job = 0; job < 2000; ++job) {
      const int parts = job % 17;
      std::vector<std::atomic<int>> hits(static_cast<size_t>(parts));
      pool.parallel_for(parts, [&](int part) { hits[static_cast<size_t>(part)].fetch_add(1); });
      for (const auto& hit : hits) ASSERT_EQ(hit.load(), 1);
    }
  }
}

TEST(ThreadPool, WorkersThatSleepWakeUp) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    std::atomic<int> sum{0};
    pool.parallel_for(6, [&](int part) { sum += part; });
    ASSERT_EQ(sum.load(), 15);
  }
}

TEST(ThreadPool, ManyMoreThreadsThanCoresDoNotCollapse) {
  ThreadPool pool(16);
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

TEST(ThreadPool, WhatOnePartWritesTheCallerSees) {
  ThreadPool pool(4);
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
