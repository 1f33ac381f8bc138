// What one rendering may cost. A template comes out of a model file, so it is as hostile as any file: it gets
// a bounded number of steps, bytes and levels, and an error when it wants more.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"

namespace nagare::chat_template {

// Limits of one rendering. The defaults leave a chat of thousands of messages far below every limit.
struct Budget {
  uint64_t steps = 20'000'000;  // statements, expressions and items; 64 copied bytes count as one more
  uint32_t depth = 1'200;       // nested statements, expressions and macro calls being evaluated at once
  size_t output_bytes = 64ull << 20;   // of the rendered text, and of each captured piece of it
  size_t memory_bytes = 256ull << 20;  // of the strings, lists and dicts alive at one time
};

// Levels of nesting that a template's source may have; more is refused when it is parsed. (Jinja2 itself ends
// at 100 nested blocks and 200 nested parentheses, the limits of the Python compiler under it.)
constexpr uint32_t kMaxNestedBlocks = 120;
constexpr uint32_t kMaxExpressionDepth = 250;
// Levels of lists and dicts in one value, read from JSON or built by a template.
constexpr uint32_t kMaxValueDepth = 250;

// Counts against a Budget. Values keep a pointer to the meter of their rendering and give their bytes back
// when they die, so a meter outlives every value that was charged to it.
class Meter {
 public:
  explicit Meter(const Budget& budget) : budget_(budget) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  const Budget& budget() const { return budget_; }

  Status step(uint64_t count = 1) {
    steps_ += count;
    if (steps_ > budget_.steps) [[unlikely]]
      return steps_exceeded();
    return {};
  }
  // Copying or comparing this many bytes.
  Status work(size_t bytes) { return step(bytes / 64); }

  // Asks before something of this size is built; allocates nothing.
  Status would_fit(size_t bytes) const {
    if (bytes > budget_.memory_bytes - live_bytes_) [[unlikely]]
      return memory_exceeded(bytes);
    return {};
  }
  Status allocate(size_t bytes) {
    RETURN_IF_ERROR(would_fit(bytes));
    live_bytes_ += bytes;
    return {};
  }
  void release(size_t bytes) { live_bytes_ -= bytes; }

 private:
  Status steps_exceeded() const;
  Status memory_exceeded(size_t bytes) const;

  const Budget budget_;
  uint64_t steps_ = 0;
  size_t live_bytes_ = 0;
};

// Bytes taken from a meter for as long as this lives. A default one belongs to no meter (input, constants).
class MemoryCharge {
 public:
  MemoryCharge() = default;
  MemoryCharge(MemoryCharge&& other) noexcept : meter_(other.meter_), bytes_(other.bytes_) {
    other.meter_ = nullptr;
  }
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(meter_, other.meter_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryCharge() {
    if (meter_ != nullptr) meter_->release(bytes_);
  }
  // Takes `bytes` more from the meter.
  Status add(Meter& meter, size_t bytes) {
    RETURN_IF_ERROR(meter.allocate(bytes));
    meter_ = &meter;
    bytes_ += bytes;
    return {};
  }

 private:
  Meter* meter_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace nagare::chat_template
