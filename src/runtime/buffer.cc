#include "runtime/buffer.h"

#include <sys/mman.h>

#include <utility>

namespace nagare {
namespace {
constexpr int64_t kHugePageBytes = 2 << 20;
}

Result<Buffer> Buffer::allocate(int64_t bytes) {
  Buffer buffer;
  if (bytes < 0) return out_of_memory("a buffer of {} bytes cannot exist", bytes);
  if (bytes == 0) return buffer;
  void* memory = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return out_of_memory("cannot reserve {:.1f} MB of memory; a smaller context or model needs less",
                         static_cast<double>(bytes) / 1e6);
  }
  // Fewer TLB misses for weights: measured to matter for reading at full memory bandwidth.
  if (bytes >= kHugePageBytes) madvise(memory, static_cast<size_t>(bytes), MADV_HUGEPAGE);
  buffer.data_ = static_cast<std::byte*>(memory);
  buffer.bytes_ = bytes;
  return buffer;
}

Buffer::~Buffer() {
  if (data_ != nullptr) munmap(data_, static_cast<size_t>(bytes_));
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace nagare
