// The weights as kernels want them: as they lie in the file, converted to float32, or repacked. Each form of
// each constant is made once and shared by every plan.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "ops/gemm/gemm.h"
#include "runtime/buffer.h"

namespace nagare {

class WeightStore {
 public:
  // Tells the owner of a file that [data, data + bytes) was repacked and is not read again: its pages may go.
  using ReleasePages = std::function<void(const std::byte* data, int64_t bytes)>;

  explicit WeightStore(ReleasePages release) : release_(std::move(release)) {}

  // All elements of a constant as float32, row after row. No copy where the file has them so.
  Result<const float*> as_f32(const Graph& graph, ValueId constant);
  // The rows as in the file; constants of several parts are copied together.
  Result<const std::byte*> as_rows(const Graph& graph, ValueId constant);
  // In the layout that `kernel` wants.
  Result<const std::byte*> packed(const Graph& graph, ValueId constant, const GemmKernel& kernel,
                                  const Stream& stream);

  // Bytes that the store itself holds.
  int64_t bytes() const { return bytes_; }

  // Says that a constant is also read as rows (an embedding that is the output matrix too): never release its
  // pages.
  void keep_pages(ValueId constant) { kept_.push_back(constant); }

 private:
  using Key = std::pair<ValueId, std::string>;
  Result<std::byte*> allocate(const Key& key, int64_t bytes);

  ReleasePages release_;
  std::map<Key, Buffer> forms_;
  std::vector<ValueId> kept_;
  int64_t bytes_ = 0;
};

}  // namespace nagare
