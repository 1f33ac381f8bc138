// An opened device: its traits and what launches work on it. Everything that computes is handed one; there is
// no global device.
#pragma once

#include <memory>

#include "base/result.h"
#include "runtime/cpu/thread_pool.h"
#include "runtime/device_traits.h"

namespace nagare {

// The order in which work runs on a device. On the CPU a launch runs at once, on the pool's threads.
class Stream {
 public:
  explicit Stream(ThreadPool& pool) : pool_(&pool) {}
  int threads() const { return pool_->threads(); }
  template <class F>
  void parallel_for(int parts, F&& f) const noexcept {
    pool_->parallel_for(parts, f);
  }

 private:
  ThreadPool* pool_;
};

class Device {
 public:
  // Opens the CPU with `threads` threads (0: one per usable core).
  static Result<std::unique_ptr<Device>> open_cpu(int threads);
  explicit Device(DeviceTraits traits)
      : traits_(std::move(traits)), pool_(traits_.threads, traits_.compute_units), stream_(pool_) {}

  const DeviceTraits& traits() const { return traits_; }
  const Stream& stream() const { return stream_; }

 private:
  DeviceTraits traits_;
  ThreadPool pool_;
  Stream stream_;
};

}  // namespace nagare
