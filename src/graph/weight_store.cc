#include "graph/weight_store.h"

#include <algorithm>
#include <cstring>

#include "tensor/dequantise.h"

namespace nagare {

Result<std::byte*> WeightStore::allocate(const Key& key, int64_t bytes) {
  ASSIGN_OR_RETURN(Buffer buffer, Buffer::allocate(bytes));
  bytes_ += bytes;
  return (forms_[key] = std::move(buffer)).data();
}

Result<const float*> WeightStore::as_f32(const Graph& graph, ValueId constant) {
  const Value& value = graph.value(constant);
  const TensorView& first = value.parts[0];
  const bool aligned = reinterpret_cast<uintptr_t>(first.data) % alignof(float) == 0;
  if (value.parts.size() == 1 && first.dtype == DType::kF32 && aligned) {
    return reinterpret_cast<const float*>(first.data);
  }
  const Key key{constant, "f32"};
  if (const auto found = forms_.find(key); found != forms_.end()) return found->second.as<const float>();
  int64_t elements = 0;
  for (const TensorView& part : value.parts) elements += part.shape.elements();
  ASSIGN_OR_RETURN(std::byte * memory, allocate(key, elements * static_cast<int64_t>(sizeof(float))));
  auto* out = reinterpret_cast<float*>(memory);
  for (const TensorView& part : value.parts) {
    for (int64_t row = 0; row < part.shape.rows(); ++row) {
      dequantise_row(part.dtype, part.row(row), out, part.shape.row_elements());
      out += part.shape.row_elements();
    }
  }
  return reinterpret_cast<const float*>(memory);
}

Result<const std::byte*> WeightStore::as_rows(const Graph& graph, ValueId constant) {
  const Value& value = graph.value(constant);
  if (value.parts.size() == 1) return value.parts[0].data;
  const Key key{constant, "rows"};
  if (const auto found = forms_.find(key); found != forms_.end()) return found->second.as<const std::byte>();
  int64_t bytes = 0;
  for (const TensorView& part : value.parts) bytes += part.bytes();
  ASSIGN_OR_RETURN(std::byte * memory, allocate(key, bytes));
  std::byte* out = memory;
  for (const TensorView& part : value.parts) {
    std::memcpy(out, part.data, static_cast<size_t>(part.bytes()));
    out += part.bytes();
  }
  return memory;
}

Result<const std::byte*> WeightStore::packed(const Graph& graph, ValueId constant, const GemmKernel& kernel,
                                             const Stream& stream) {
  if (kernel.weight_layout() == "rows") return as_rows(graph, constant);
  const Key key{constant, std::string(kernel.weight_layout())};
  if (const auto found = forms_.find(key); found != forms_.end()) return found->second.as<const std::byte>();
  ASSIGN_OR_RETURN(std::byte * memory, allocate(key, kernel.packed_bytes()));
  const Value& value = graph.value(constant);
  kernel.pack(value.parts, memory, stream);
  if (release_ && std::find(kept_.begin(), kept_.end(), constant) == kept_.end()) {
    for (const TensorView& part : value.parts) release_(part.data, part.bytes());
  }
  return memory;
}

}  // namespace nagare
