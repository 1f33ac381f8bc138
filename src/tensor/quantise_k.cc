// q4_K, q5_K and q6_K. A group's scale (and minimum) is found by trying roundings around the plain one and
// solving the weighted least squares for each; then the six- or eight-bit scales of the block are chosen. The
// weights favour large numbers, which matter more to what a layer computes.
//
// q6_K weights, tries and rounds as llama.cpp does, so that its bytes are the same; q4_K and q5_K try the
// neighbours of the rounded scales too, and have a smaller error.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "tensor/blocks.h"
#include "tensor/half.h"
#include "tensor/quantise_blocks.h"

namespace nagare {
namespace {

constexpr int kTries = 10;                // roundings tried to each side of the plain one
constexpr float kTryStep = 0.1f;          // in levels over the group's whole range
constexpr int kMaxScaleBits6 = 63;        // the largest six-bit scale
constexpr float kTinyMagnitude = 1e-15f;  // numbers below it count as zeros

// The nearest integer, as a float, for magnitudes far below 2^22; NaN stays NaN. Vectorises where std::round
// does not.
inline float nearest(float value) {
  constexpr float kShift = 12582912.0f;  // 1.5 * 2^23
  return (value + kShift) - kShift;
}
inline float nearest_within(float value, float low, float high) {
  return std::min(high, std::max(low, nearest(value)));
}

template <size_t kCount>
std::array<float, kCount> magnitude_weights(const float* x) {
  float squares = 0.0f;
  for (size_t i = 0; i < kCount; ++i) squares += x[i] * x[i];
  const float rms = std::sqrt(squares / static_cast<float>(kCount));
  std::array<float, kCount> weights;
  for (size_t i = 0; i < kCount; ++i) weights[i] = rms + std::abs(x[i]);
  return weights;
}

// x ≈ scale * level - minimum, levels from 0 to `top`; the minimum is never negative.
struct Affine {
  float scale = 0.0f;
  float minimum = 0.0f;
};

using Group32 = std::array<float, 32>;

// The best affine map for given levels, and its weighted error.
float solve_affine(const float* x, const Group32& weights, const Group32& levels, Affine& map) {
  float w = 0, wl = 0, wll = 0, wx = 0, wxl = 0;
  for (size_t i = 0; i < 32; ++i) {
    w += weights[i];
    wl += weights[i] * levels[i];
    wll += weights[i] * levels[i] * levels[i];
    wx += weights[i] * x[i];
    wxl += weights[i] * x[i] * levels[i];
  }
  const float determinant = w * wll - wl * wl;
  if (!(determinant > 0.0f)) return INFINITY;
  map.scale = (w * wxl - wx * wl) / determinant;
  map.minimum = -(wll * wx - wl * wxl) / determinant;
  if (map.minimum < 0.0f) {
    map.minimum = 0.0f;
    map.scale = wxl / wll;
  }
  float error = 0.0f;
  for (size_t i = 0; i < 32; ++i) {
    const float off = map.scale * levels[i] - map.minimum - x[i];
    error += weights[i] * off * off;
  }
  return error;
}

Affine fit_affine(const float* x, const Group32& weights, float top) {
  const auto [least, most] = std::minmax_element(x, x + 32);
  const float low = std::min(0.0f, *least);
  const float range = *most - low;
  if (!(range > 0.0f)) return {0.0f, -low};
  Affine best{range / top, -low};
  float best_error = INFINITY;
  for (int attempt = -kTries; attempt <= kTries; ++attempt) {
    const float inverse = (top + kTryStep * static_cast<float>(attempt)) / range;
    Group32 levels;
    for (size_t i = 0; i < 32; ++i) levels[i] = nearest_within(inverse * (x[i] - low), 0.0f, top);
    Affine map;
    const float error = solve_affine(x, weights, levels, map);
    if (error < best_error) {
      best_error = error;
      best = map;
    }
  }
  return best;
}

// Fills `levels` for a fixed map; returns the weighted error.
float apply_affine(const float* x, const Group32& weights, const Affine& map, float top, Group32& levels) {
  const float inverse = map.scale != 0.0f ? 1.0f / map.scale : 0.0f;
  float error = 0.0f;
  for (size_t i = 0; i < 32; ++i) {
    levels[i] = nearest_within((x[i] + map.minimum) * inverse, 0.0f, top);
    const float off = map.scale * levels[i] - map.minimum - x[i];
    error += weights[i] * off * off;
  }
  return error;
}

// What q4_K and q5_K store of a block, before packing.
struct AffineBlock {
  uint16_t scale_f16 = 0;
  uint16_t minimum_f16 = 0;
  std::array<int, 8> scales{};
  std::array<int, 8> minimums{};
  std::array<Group32, 8> levels{};
};

// Six-bit scale and minimum of group `g`: the rounded ones and their neighbours are tried.
void choose_scales(const float* x, const Group32& weights, const Affine& fit, float top, size_t g,
                   AffineBlock& block) {
  const float scale = f16_to_f32(block.scale_f16);
  const float minimum = f16_to_f32(block.minimum_f16);
  const auto plain = [](float value, float unit) {
    return unit > 0.0f ? static_cast<int>(nearest_within(value / unit, 0.0f, kMaxScaleBits6)) : 0;
  };
  const int s0 = plain(fit.scale, scale);
  const int m0 = plain(fit.minimum, minimum);
  float best_error = INFINITY;
  for (int s = std::max(0, s0 - 1); s <= std::min(kMaxScaleBits6, s0 + 1); ++s) {
    for (int m = std::max(0, m0 - 1); m <= std::min(kMaxScaleBits6, m0 + 1); ++m) {
      Group32 levels;
      const Affine map{scale * static_cast<float>(s), minimum * static_cast<float>(m)};
      const float error = apply_affine(x, weights, map, top, levels);
      if (!(error < best_error)) continue;
      best_error = error;
      block.scales[g] = s;
      block.minimums[g] = m;
      block.levels[g] = levels;
    }
  }
}

AffineBlock quantise_affine(const float* x, float top) {
  std::array<Affine, 8> fits;
  std::array<Group32, 8> weights;
  float largest_scale = 0.0f, largest_minimum = 0.0f;
  for (size_t g = 0; g < 8; ++g) {
    weights[g] = magnitude_weights<32>(x + 32 * g);
    fits[g] = fit_affine(x + 32 * g, weights[g], top);
    largest_scale = std::max(largest_scale, fits[g].scale);
    largest_minimum = std::max(largest_minimum, fits[g].minimum);
  }
  AffineBlock block;
  block.scale_f16 = f32_to_f16(largest_scale / kMaxScaleBits6);
  block.minimum_f16 = f32_to_f16(largest_minimum / kMaxScaleBits6);
  for (size_t g = 0; g < 8; ++g) choose_scales(x + 32 * g, weights[g], fits[g], top, g, block);
  return block;
}

// The inverse of unpack_scale_min (dequantise.h).
void pack_scales(const AffineBlock& block, uint8_t* packed) {
  for (size_t g = 0; g < 4; ++g) {
    const int scale_high = block.scales[g + 4] >> 4;
    const int minimum_high = block.minimums[g + 4] >> 4;
    packed[g] = static_cast<uint8_t>(block.scales[g] | (scale_high << 6));
    packed[g + 4] = static_cast<uint8_t>(block.minimums[g] | (minimum_high << 6));
    packed[g + 8] = static_cast<uint8_t>((block.scales[g + 4] & 15) | ((block.minimums[g + 4] & 15) << 4));
  }
}

int level_of(const AffineBlock& block, size_t group, size_t i) {
  return static_cast<int>(block.levels[group][i]);
}

void to_q4_k(const float* x, BlockQ4_K& out) {
  const AffineBlock block = quantise_affine(x, 15.0f);
  out = {.scale_f16 = block.scale_f16, .minimum_f16 = block.minimum_f16, .scales = {}, .quants = {}};
  pack_scales(block, out.scales);
  for (size_t i = 0; i < 128; ++i) {
    const size_t group = i / 32 * 2;
    out.quants[i] =
        static_cast<uint8_t>(level_of(block, group, i % 32) | (level_of(block, group + 1, i % 32) << 4));
  }
}

void to_q5_k(const float* x, BlockQ5_K& out) {
  const AffineBlock block = quantise_affine(x, 31.0f);
  out = {.scale_f16 = block.scale_f16,
         .minimum_f16 = block.minimum_f16,
         .scales = {},
         .high_bits = {},
         .quants = {}};
  pack_scales(block, out.scales);
  for (size_t group = 0; group < 8; ++group) {
    for (size_t i = 0; i < 32; ++i) {
      const int level = level_of(block, group, i);
      uint8_t& low = out.quants[group / 2 * 32 + i];
      low = static_cast<uint8_t>(low | ((level & 15) << (group % 2 * 4)));
      out.high_bits[i] = static_cast<uint8_t>(out.high_bits[i] | ((level >> 4) << group));
    }
  }
}

// The scale that fits levels -32 … 31 to 16 numbers best, each weighted by its square; the extreme one gets
// about -32. With the best scale for given levels the error is Σwx² - (Σwxl)²/Σwll, so that is what roundings
// compete in.
float fit_symmetric(const float* x) {
  float extreme = 0.0f;
  for (size_t i = 0; i < 16; ++i) {
    if (std::abs(x[i]) > std::abs(extreme)) extreme = x[i];
  }
  if (!(std::abs(extreme) >= kTinyMagnitude)) return 0.0f;
  float scale = 0.0f, gain = 0.0f;
  // The plain rounding first: another must be better to replace it.
  for (const int attempt : {0, -9, -8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
    const float inverse = -(32.0f + kTryStep * static_cast<float>(attempt)) / extreme;
    float wxl = 0.0f, wll = 0.0f;
    for (size_t i = 0; i < 16; ++i) {
      const float level = nearest_within(inverse * x[i], -32.0f, 31.0f);
      const float weight = x[i] * x[i];
      wxl += weight * x[i] * level;
      wll += weight * level * level;
    }
    if (!(wll > 0.0f) || !(wxl * wxl > gain * wll)) continue;
    scale = wxl / wll;
    gain = scale * wxl;
  }
  return scale;
}

void put_q6_k(size_t i, int level, BlockQ6_K& out) {
  const size_t half = i / 128;
  const size_t within = i % 128;
  uint8_t& low = out.low_bits[64 * half + within % 64];
  uint8_t& high = out.high_bits[32 * half + within % 32];
  low = static_cast<uint8_t>(low | ((level & 15) << (within / 64 * 4)));
  high = static_cast<uint8_t>(high | ((level >> 4) << (within / 32 * 2)));
}

void to_q6_k(const float* x, BlockQ6_K& out) {
  std::array<float, 16> fits;
  float extreme = 0.0f;
  for (size_t g = 0; g < 16; ++g) {
    fits[g] = fit_symmetric(x + 16 * g);
    if (std::abs(fits[g]) > std::abs(extreme)) extreme = fits[g];
  }
  out = {};
  if (!(std::abs(extreme) >= kTinyMagnitude)) return;
  const float inverse = -128.0f / extreme;
  out.scale_f16 = f32_to_f16(1.0f / inverse);
  for (size_t g = 0; g < 16; ++g) {
    out.scales[g] = static_cast<int8_t>(nearest_within(inverse * fits[g], -128.0f, 127.0f));
    const float scale = f16_to_f32(out.scale_f16) * static_cast<float>(out.scales[g]);
    for (size_t i = 0; i < 16; ++i) {
      const float level = scale != 0.0f ? nearest_within(x[16 * g + i] / scale, -32.0f, 31.0f) : 0.0f;
      put_q6_k(16 * g + i, static_cast<int>(level) + 32, out);
    }
  }
}

template <class Block, void (*kConvert)(const float*, Block&)>
void quantise_super_blocks(const float* src, std::byte* dst, int64_t elements) {
  for (int64_t at = 0; at < elements; at += kSuperBlock) {
    Block block;
    kConvert(src + at, block);
    std::memcpy(dst, &block, sizeof block);
    dst += sizeof block;
  }
}

}  // namespace

namespace internal {

const QuantiseRow kQuantiseQ4_K = quantise_super_blocks<BlockQ4_K, to_q4_k>;
const QuantiseRow kQuantiseQ5_K = quantise_super_blocks<BlockQ5_K, to_q5_k>;
const QuantiseRow kQuantiseQ6_K = quantise_super_blocks<BlockQ6_K, to_q6_k>;

}  // namespace internal
}  // namespace nagare
