// Eight floats in plain C++: what runs on any processor, and the model for the other instruction sets.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace nagare::simd::generic {

struct F32 {
  static constexpr int kLanes = 8;
  float lane[kLanes];

  static F32 zero() { return broadcast(0.0f); }
  static F32 broadcast(float x) {
    F32 r;
    for (float& v : r.lane) v = x;
    return r;
  }
  static F32 load(const float* p) {
    F32 r;
    std::memcpy(r.lane, p, sizeof(r.lane));
    return r;
  }
  // 0, 1, 2, …
  static F32 lane_numbers() {
    F32 r;
    for (int i = 0; i < kLanes; ++i) r.lane[i] = static_cast<float>(i);
    return r;
  }
  // The first `count` (0 … kLanes) elements; the other lanes are 0.
  static F32 load_first(const float* p, int count) {
    F32 r = zero();
    std::memcpy(r.lane, p, sizeof(float) * static_cast<size_t>(count));
    return r;
  }
  void store(float* p) const { std::memcpy(p, lane, sizeof(lane)); }
  void store_first(float* p, int count) const {
    std::memcpy(p, lane, sizeof(float) * static_cast<size_t>(count));
  }
};

template <class Op>
inline F32 map(F32 a, F32 b, Op op) {
  F32 r;
  for (int i = 0; i < F32::kLanes; ++i) r.lane[i] = op(a.lane[i], b.lane[i]);
  return r;
}
inline F32 operator+(F32 a, F32 b) {
  return map(a, b, [](float x, float y) { return x + y; });
}
inline F32 operator-(F32 a, F32 b) {
  return map(a, b, [](float x, float y) { return x - y; });
}
inline F32 operator*(F32 a, F32 b) {
  return map(a, b, [](float x, float y) { return x * y; });
}
inline F32 operator/(F32 a, F32 b) {
  return map(a, b, [](float x, float y) { return x / y; });
}
inline F32 max(F32 a, F32 b) {
  return map(a, b, [](float x, float y) { return x > y ? x : y; });
}
inline F32 min(F32 a, F32 b) {
  return map(a, b, [](float x, float y) { return x < y ? x : y; });
}
// a*b + c. Without a fused unit this rounds twice; std::fma would be a library call per lane.
inline F32 fma(F32 a, F32 b, F32 c) {
  return a * b + c;
}
// a < b ? yes : no, lane by lane.
inline F32 select_less(F32 a, F32 b, F32 yes, F32 no) {
  F32 r;
  for (int i = 0; i < F32::kLanes; ++i) r.lane[i] = a.lane[i] < b.lane[i] ? yes.lane[i] : no.lane[i];
  return r;
}
inline F32 abs(F32 a) {
  for (float& v : a.lane) v = std::abs(v);
  return a;
}
inline F32 sqrt(F32 a) {
  for (float& v : a.lane) v = std::sqrt(v);
  return a;
}
inline F32 round_nearest(F32 a) {
  for (float& v : a.lane) v = std::nearbyint(v);
  return a;
}
// a × 2^n for integral n in [-126, 127].
inline F32 scale_by_power_of_two(F32 a, F32 n) {
  for (int i = 0; i < F32::kLanes; ++i) {
    const auto exponent = static_cast<uint32_t>(static_cast<int32_t>(n.lane[i]) + 127);
    a.lane[i] *= std::bit_cast<float>(exponent << 23);
  }
  return a;
}
inline float reduce_add(F32 a) {
  return ((a.lane[0] + a.lane[4]) + (a.lane[2] + a.lane[6])) +
         ((a.lane[1] + a.lane[5]) + (a.lane[3] + a.lane[7]));
}
inline float reduce_max(F32 a) {
  float m = a.lane[0];
  for (int i = 1; i < F32::kLanes; ++i) m = a.lane[i] > m ? a.lane[i] : m;
  return m;
}

// Lanes as pairs (2i, 2i+1).
inline F32 even_twice(F32 a) {
  for (int i = 0; i < F32::kLanes; i += 2) a.lane[i + 1] = a.lane[i];
  return a;
}
inline F32 odd_twice(F32 a) {
  for (int i = 0; i < F32::kLanes; i += 2) a.lane[i] = a.lane[i + 1];
  return a;
}
inline F32 swap_pairs(F32 a) {
  for (int i = 0; i < F32::kLanes; i += 2) std::swap(a.lane[i], a.lane[i + 1]);
  return a;
}
// a·b - c in even lanes, a·b + c in odd lanes: the real and imaginary parts of a complex product.
inline F32 fma_subtract_add(F32 a, F32 b, F32 c) {
  for (int i = 0; i < F32::kLanes; i += 2) c.lane[i] = -c.lane[i];
  return fma(a, b, c);
}
// The even and the odd lanes of a and b, one after the other.
inline F32 even_lanes(F32 a, F32 b) {
  F32 r;
  for (int i = 0; i < F32::kLanes / 2; ++i) {
    r.lane[i] = a.lane[2 * i];
    r.lane[i + F32::kLanes / 2] = b.lane[2 * i];
  }
  return r;
}
inline F32 odd_lanes(F32 a, F32 b) {
  F32 r;
  for (int i = 0; i < F32::kLanes / 2; ++i) {
    r.lane[i] = a.lane[2 * i + 1];
    r.lane[i + F32::kLanes / 2] = b.lane[2 * i + 1];
  }
  return r;
}

}  // namespace nagare::simd::generic
