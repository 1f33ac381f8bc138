#include "runtime/slab_allocator.h"

#include <utility>

#include "base/round_up.h"

namespace nagare {
namespace {

constexpr int64_t kSlabBytes = 32 << 20;
// Pieces that small pages cannot slow down, and that a huge page would waste memory on.
constexpr int64_t kSmallBytes = 256 << 10;

}  // namespace

Result<std::byte*> SlabAllocator::allocate(int64_t bytes) {
  if (bytes < kSmallBytes || bytes > kSlabBytes) {
    ASSIGN_OR_RETURN(Buffer buffer, Buffer::allocate(bytes));
    return buffers_.emplace_back(std::move(buffer)).data();
  }
  const int64_t pages = round_up(bytes, kPageBytes);
  if (pages > left_) {
    ASSIGN_OR_RETURN(Buffer slab, Buffer::allocate(kSlabBytes));
    next_ = buffers_.emplace_back(std::move(slab)).data();
    left_ = kSlabBytes;
  }
  left_ -= pages;
  return std::exchange(next_, next_ + pages);
}

}  // namespace nagare
