// Memory for many pieces that live as long as their owner, such as the weights of a model, carved out of a
// few large buffers: so huge pages back the pieces from end to end. Each in a buffer of its own would have
// small pages at its edges, a third of a 1B model's matrices, and reading through those is slower.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "runtime/buffer.h"

namespace nagare {

class SlabAllocator {
 public:
  // Zeroed memory that begins at a page of its own. What a slab has left over is never touched and so takes
  // no memory.
  Result<std::byte*> allocate(int64_t bytes);

 private:
  std::vector<Buffer> buffers_;  // slabs, and what is too small or too large for one
  std::byte* next_ = nullptr;    // in the slab that is being filled
  int64_t left_ = 0;
};

}  // namespace nagare
