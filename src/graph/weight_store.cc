#include "graph/weight_store.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/round_up.h"
#include "tensor/dequantise.h"

namespace nagare {
namespace {

constexpr std::string_view kRows = "rows";
constexpr std::string_view kF32 = "f32";

// While a large matrix is packed, calls `release` every few milliseconds. A kernel reads each page once, in
// an order of its own; what it has read need not stay, and a page that went too early comes again from the
// page cache. Without this the embeddings of a large vocabulary would count twice in the peak.
class ReleaseMeanwhile {
 public:
  template <class Release>
  ReleaseMeanwhile(int64_t bytes, Release release) {
    if (bytes < kLargeBytes) return;
    try {
      thread_ = std::jthread([this, release](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!woken_.wait_for(lock, stop, kPeriod, [] { return false; }) && !stop.stop_requested())
          release();
      });
    } catch (const std::system_error&) {
      return;  // no thread to be had: the pages go at the end
    }
  }

 private:
  static constexpr int64_t kLargeBytes = 32 << 20;
  static constexpr std::chrono::milliseconds kPeriod{10};
  std::mutex mutex_;
  std::condition_variable_any woken_;
  std::jthread thread_;
};

}  // namespace

Result<const std::byte*> WeightStore::form(const Key& key, int64_t bytes,
                                           const std::function<void(std::byte*)>& fill) {
  if (const auto found = forms_.find(key); found != forms_.end()) return found->second;
  std::byte* memory = nullptr;
  if (mode_ == Mode::kMake) {
    ASSIGN_OR_RETURN(memory, memory_.allocate(bytes));
    fill(memory);
  }
  bytes_ += bytes;
  forms_[key] = memory;
  return memory;
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
    {
      const ReleaseMeanwhile meanwhile(kernel.packed_bytes(), [&] { release_parts(value); });
      kernel.pack(value.parts, out, stream);
    }
    release_parts(value);
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

namespace {

// Do the parts lie one after the other, as the slices of one tensor do?
bool is_one_run(const std::vector<TensorView>& parts) {
  for (size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].data != parts[i - 1].data + parts[i - 1].bytes()) return false;
  }
  return true;
}

}  // namespace

Result<ExpertWeights> WeightStore::packed_experts(const Graph& graph, ValueId constant, int64_t matrices,
                                                  const GemmKernel& kernel, const Stream& stream) {
  constexpr int64_t kAlignmentBytes = 64;
  const Value& value = graph.value(constant);
  const bool as_rows = kernel.weight_layout() == kRows;
  if (as_rows && is_one_run(value.parts)) return ExpertWeights{value.parts[0].data, kernel.packed_bytes()};
  const int64_t experts = static_cast<int64_t>(value.parts.size()) / matrices;
  const int64_t stride = round_up(kernel.packed_bytes(), kAlignmentBytes);
  const Key key{constant, std::string(kernel.weight_layout())};
  ASSIGN_OR_RETURN(const std::byte* data, form(key, experts * stride, [&](std::byte* memory) {
                     const ReleaseMeanwhile meanwhile(experts * stride, [&] { release_parts(value); });
                     for (int64_t expert = 0; expert < experts; ++expert) {
                       const auto parts = std::span(value.parts)
                                              .subspan(static_cast<size_t>(expert * matrices),
                                                       static_cast<size_t>(matrices));
                       kernel.pack(parts, memory + expert * stride, stream);
                     }
                     release_parts(value);
                   }));
  return ExpertWeights{data, stride};
}

// Neighbouring parts are given back together: the slices of a tensor as that tensor.
void WeightStore::release_parts(const Value& value) const {
  if (!release_) return;
  std::vector<TensorView> parts = value.parts;
  std::sort(parts.begin(), parts.end(), [](auto& a, auto& b) { return a.data < b.data; });
  for (size_t first = 0; first < parts.size();) {
    const std::byte* end = parts[first].data;
    size_t next = first;
    while (next < parts.size() && parts[next].data == end) end += parts[next++].bytes();
    release_(parts[first].data, end - parts[first].data);
    first = next;
  }
}

}  // namespace nagare
