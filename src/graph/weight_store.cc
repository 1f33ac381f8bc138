#include "graph/weight_store.h"

#include <algorithm>
#include <cstring>

#include "tensor/dequantise.h"

namespace nagare {
namespace {

constexpr std::string_view kRows = "rows";
constexpr std::string_view kF32 = "f32";

}  // namespace

Result<const std::byte*> WeightStore::form(const Key& key, int64_t bytes,
                                           const std::function<void(std::byte*)>& fill) {
  if (const auto found = forms_.find(key); found != forms_.end()) return found->second.data();
  Buffer& buffer = forms_[key];
  bytes_ += bytes;
  if (mode_ == Mode::kCount) return nullptr;
  ASSIGN_OR_RETURN(buffer, Buffer::allocate(bytes));
  fill(buffer.data());
  return buffer.data();
}

Result<const float*> WeightStore::as_f32(const Graph& graph, ValueId constant) {
  const Value& value = graph.value(constant);
  const TensorView& first = value.parts[0];
  const bool aligned = reinterpret_cast<uintptr_t>(first.data) % alignof(float) == 0;
  if (value.parts.size() == 1 && first.dtype == DType::kF32 && aligned) {
    return reinterpret_cast<const float*>(first.data);
  }
  int64_t elements = 0;
  for (const TensorView& part : value.parts) elements += part.shape.elements();
  ASSIGN_OR_RETURN(const std::byte* numbers,
                   form({constant, std::string(kF32)}, elements * static_cast<int64_t>(sizeof(float)),
                        [&](std::byte* memory) {
                          auto* out = reinterpret_cast<float*>(memory);
                          for (const TensorView& part : value.parts) {
                            for (int64_t row = 0; row < part.shape.rows(); ++row) {
                              dequantise_row(part.dtype, part.row(row), out, part.shape.row_elements());
                              out += part.shape.row_elements();
                            }
                          }
                        }));
  return reinterpret_cast<const float*>(numbers);
}

Result<const std::byte*> WeightStore::as_rows(const Graph& graph, ValueId constant) {
  const Value& value = graph.value(constant);
  if (value.parts.size() == 1) return value.parts[0].data;
  int64_t bytes = 0;
  for (const TensorView& part : value.parts) bytes += part.bytes();
  return form({constant, std::string(kRows)}, bytes, [&](std::byte* out) {
    for (const TensorView& part : value.parts) {
      std::memcpy(out, part.data, static_cast<size_t>(part.bytes()));
      out += part.bytes();
    }
  });
}

Result<const std::byte*> WeightStore::packed(const Graph& graph, ValueId constant, const GemmKernel& kernel,
                                             const Stream& stream) {
  if (kernel.weight_layout() == kRows) return as_rows(graph, constant);
  const Value& value = graph.value(constant);
  return form({constant, std::string(kernel.weight_layout())}, kernel.packed_bytes(), [&](std::byte* out) {
    kernel.pack(value.parts, out, stream);
    if (!release_) return;
    for (const TensorView& part : value.parts) release_(part.data, part.bytes());
  });
}

bool WeightStore::is_second_form(ValueId constant, std::string_view layout) const {
  if (layout == kRows || forms_.contains({constant, std::string(layout)})) return false;
  for (auto at = forms_.lower_bound({constant, {}}); at != forms_.end() && at->first.first == constant;
       ++at) {
    if (at->first.second != kRows && at->first.second != kF32) return true;
  }
  return false;
}

}  // namespace nagare
