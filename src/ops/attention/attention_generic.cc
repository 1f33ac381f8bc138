// Tiles of 2 rows × 16 keys of plain C++: 8 sums of four lanes where the compiler makes SSE2 of it.
#include <cstring>

#include "base/simd/generic.h"
#include "ops/attention/attention_kernel.h"
#include "ops/attention/attention_solvers.h"
#include "tensor/half.h"

namespace nagare {
namespace {

using namespace attention_kernel;

struct Generic {
  using V = simd::generic::F32;
  static constexpr int kTileRows = 2;
  static constexpr int kSums = 4;

  static V load(const std::byte* p, KvF32) { return V::load(reinterpret_cast<const float*>(p)); }
  static V load(const std::byte* p, KvF16) { return to_floats(p, f16_to_f32); }
  static V load(const std::byte* p, KvBF16) { return to_floats(p, bf16_to_f32); }
  static V broadcast_f16(const std::byte* p) { return V::broadcast(f16_to_f32(bits_at(p))); }
  static void load_group(const std::byte* p, KvQ8_0, V (&out)[2]) {
    for (int i = 0; i < 16; ++i) out[i / 8].lane[i % 8] = static_cast<float>(static_cast<int8_t>(p[i]));
  }
  static void load_group(const std::byte* p, KvQ4_0, V (&out)[2]) {
    for (int i = 0; i < 8; ++i) {
      out[0].lane[i] = static_cast<float>(static_cast<int>(p[i] & std::byte{15}) - 8);
      out[1].lane[i] = static_cast<float>(static_cast<int>(p[i] >> 4) - 8);
    }
  }
  static void prefetch(const std::byte*) {}
  static void store(V v, std::byte* p, KvF32) { std::memcpy(p, v.lane, sizeof v.lane); }
  static void store(V v, std::byte* p, KvF16) { from_floats(v, p, kLargestF16, f32_to_f16); }
  static void store(V v, std::byte* p, KvBF16) { from_floats(v, p, kLargestBF16, f32_to_bf16); }

 private:
  static uint16_t bits_at(const std::byte* p) {
    uint16_t bits = 0;
    std::memcpy(&bits, p, sizeof bits);
    return bits;
  }
  template <class F>
  static V to_floats(const std::byte* p, F to_f32) {
    uint16_t bits[V::kLanes];
    std::memcpy(bits, p, sizeof bits);
    V v;
    for (int i = 0; i < V::kLanes; ++i) v.lane[i] = to_f32(bits[i]);
    return v;
  }
  template <class F>
  static void from_floats(V v, std::byte* p, float largest, F from_f32) {
    uint16_t bits[V::kLanes];
    v = min(V::broadcast(largest), max(V::broadcast(-largest), v));
    for (int i = 0; i < V::kLanes; ++i) bits[i] = from_f32(v.lane[i]);
    std::memcpy(p, bits, sizeof bits);
  }
};

}  // namespace

IsaSolver<AttentionProblem, AttentionArguments> attention_generic() {
  return IsaSolver<AttentionProblem, AttentionArguments>({.id = "generic",
                                                          .level = IsaLevel::kGeneric,
                                                          .function = &run<Generic>,
                                                          .work = &work_of,
                                                          .bytes_per_second = 8e9,
                                                          .flops_per_second = 6e9});
}

}  // namespace nagare
