#include "runtime/buffer.h"

#include <sys/mman.h>

#include <cstdint>
#include <utility>

#include "base/round_up.h"

namespace nagare {
namespace {
constexpr int64_t kMostBytes = int64_t{1} << 60;
constexpr int64_t kHugePageBytes = 2 << 20;

void unmap(std::byte* begin, int64_t bytes) {
  if (bytes > 0) munmap(begin, static_cast<size_t>(bytes));
}

}  // namespace

Result<Buffer> Buffer::allocate(int64_t bytes) {
  Buffer buffer;
  if (bytes < 0 || bytes > kMostBytes) return out_of_memory("a buffer of {} bytes cannot exist", bytes);
  if (bytes == 0) return buffer;
  const bool huge = bytes >= kHugePageBytes;
  // A huge page lies at a multiple of its size: reserve as much more, then give back what is before and
  // behind.
  const int64_t reserved = round_up(bytes, kPageBytes) + (huge ? kHugePageBytes : 0);
  void* const mapped = mmap(nullptr, static_cast<size_t>(reserved), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) {
    return out_of_memory("cannot reserve {:.1f} MB of memory; a smaller context or model needs less",
                         static_cast<double>(bytes) / 1e6);
  }
  buffer.data_ = static_cast<std::byte*>(mapped);
  if (huge) {
    const auto address = reinterpret_cast<uintptr_t>(mapped);
    const int64_t before =
        round_up(static_cast<int64_t>(address), kHugePageBytes) - static_cast<int64_t>(address);
    buffer.data_ += before;
    unmap(buffer.data_ - before, before);
    unmap(buffer.data_ + round_up(bytes, kPageBytes), kHugePageBytes - before);
    // Fewer TLB misses for weights: measured to matter for reading at full memory bandwidth.
    madvise(buffer.data_, static_cast<size_t>(bytes), MADV_HUGEPAGE);
  }
  buffer.bytes_ = bytes;
  return buffer;
}

Buffer::~Buffer() {
  if (data_ != nullptr) unmap(data_, bytes_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace nagare
