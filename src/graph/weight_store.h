// The weights as kernels want them: as they lie in the file, converted to float32, or repacked. Each form of
// each constant is made once and shared by every plan.
//
// A store can also only count: it then makes nothing, hands out null pointers, and says what the forms would
// take. That is how memory is known before a model is loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "ops/gemm/gemm.h"
#include "runtime/slab_allocator.h"

namespace nagare {

// Expert e's weights begin at data + e · stride_bytes.
struct ExpertWeights {
  const std::byte* data = nullptr;
  int64_t stride_bytes = 0;
};

class WeightStore {
 public:
  // Tells the owner of a file that [data, data + bytes) was repacked: its pages may go. Who reads the bytes
  // after that (rows of an embedding that is the output matrix too) gets them from the file again.
  using ReleasePages = std::function<void(const std::byte* data, int64_t bytes)>;
  enum class Mode : uint8_t { kMake, kCount };

  explicit WeightStore(ReleasePages release, Mode mode = Mode::kMake)
      : release_(std::move(release)), mode_(mode) {}

  // All elements of a constant as float32, row after row. No copy where the file has them so.
  Result<const float*> as_f32(const Graph& graph, ValueId constant);
  // The rows as in the file; constants of several parts are copied together.
  Result<const std::byte*> as_rows(const Graph& graph, ValueId constant);
  // In the layout that `kernel` wants.
  Result<const std::byte*> packed(const Graph& graph, ValueId constant, const GemmKernel& kernel,
                                  const Stream& stream);

  // The matrices of every expert, each expert's `matrices` parts together in the layout that `kernel` wants.
  Result<ExpertWeights> packed_experts(const Graph& graph, ValueId constant, int64_t matrices,
                                       const GemmKernel& kernel, const Stream& stream);

  // Would `layout` be a second packed form of the constant, beside one that plans already use?
  bool is_second_form(ValueId constant, std::string_view layout) const;

  // Bytes that the store itself holds (or would).
  int64_t bytes() const { return bytes_; }

 private:
  using Key = std::pair<ValueId, std::string>;
  void release_parts(const Value& value) const;
  // The form of that name; where it is new, memory for it that `fill` is called with.
  Result<const std::byte*> form(const Key& key, int64_t bytes, const std::function<void(std::byte*)>& fill);

  ReleasePages release_;
  Mode mode_;
  SlabAllocator memory_;
  std::map<Key, const std::byte*> forms_;  // null where the store only counts
  int64_t bytes_ = 0;
};

}  // namespace nagare
