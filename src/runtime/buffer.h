// Memory of a device: weights that were repacked, the arena of a plan, the pages of a KV cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace nagare {

inline constexpr int64_t kPageBytes = 4096;  // the smallest that the system hands out

// Owns page-aligned, zeroed memory; large buffers begin at a huge page and ask for such. Movable. Pages are
// taken from the system only when they are touched.
class Buffer {
 public:
  Buffer() = default;
  static Result<Buffer> allocate(int64_t bytes);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  std::byte* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace nagare
