// The algorithm, written once as plain loops over short arrays that the compiler turns into vectors of
// doubles; V only names the instruction set (and so keeps the linker from merging what two sets compiled).
#pragma once

#include <algorithm>
#include <bit>

#include "ops/parallel_rows.h"
#include "ops/rope/rope_table.h"

namespace nagare::rope_table_kernel {

// Angles that are worked on together: two AVX-512 registers of doubles.
inline constexpr int kBlock = 16;

// cosines[i] = cos(angles[i]), sines[i] = sin(angles[i]), to about 1e-9 for |angle| < 2^20 and below 1e-6 for
// any int32 position. Method: subtract the nearest multiple of π/2, which is held in two parts (33 bits, then
// the rest), so that the first product is exact; Taylor series on |r| <= π/4; then the quadrant decides about
// swap and signs.
template <class V>
inline void cosines_and_sines(const double* angles, double* cosines, double* sines) {
  constexpr double kTwoOverPi = 6.36619772367581382433e-01;
  constexpr double kHalfPiHigh = 1.57079632673412561417e+00;
  constexpr double kHalfPiLow = 6.07710050650619224932e-11;
  constexpr double kRounder = 0x1.8p52;  // adding it leaves the nearest integer in the low bits of the sum
  for (int i = 0; i < kBlock; ++i) {
    const double shifted = angles[i] * kTwoOverPi + kRounder;
    const double multiple = shifted - kRounder;
    const double r = (angles[i] - multiple * kHalfPiHigh) - multiple * kHalfPiLow;
    const double r2 = r * r;
    double sine = -1.0 / 39916800;
    sine = sine * r2 + 1.0 / 362880;
    sine = sine * r2 - 1.0 / 5040;
    sine = sine * r2 + 1.0 / 120;
    sine = sine * r2 - 1.0 / 6;
    sine = sine * r2 * r + r;
    double cosine = 1.0 / 479001600;
    cosine = cosine * r2 - 1.0 / 3628800;
    cosine = cosine * r2 + 1.0 / 40320;
    cosine = cosine * r2 - 1.0 / 720;
    cosine = cosine * r2 + 1.0 / 24;
    cosine = cosine * r2 - 0.5;
    cosine = cosine * r2 + 1.0;
    const auto quadrant = std::bit_cast<uint64_t>(shifted);
    const bool swap = (quadrant & 1) != 0;
    const double c = swap ? sine : cosine;
    const double s = swap ? cosine : sine;
    const uint64_t cosine_sign = ((quadrant + 1) & 2) << 62;
    const uint64_t sine_sign = (quadrant & 2) << 62;
    cosines[i] = std::bit_cast<double>(std::bit_cast<uint64_t>(c) ^ cosine_sign);
    sines[i] = std::bit_cast<double>(std::bit_cast<uint64_t>(s) ^ sine_sign);
  }
}

template <class V>
inline void fill_row(const RopeTableArguments& a, int64_t half, double position, float* row) {
  double angles[kBlock] = {};
  double cosines[kBlock];
  double sines[kBlock];
  const double magnitude = a.magnitude;
  for (int64_t first = 0; first < half; first += kBlock) {
    const auto count = static_cast<int>(std::min<int64_t>(kBlock, half - first));
    for (int i = 0; i < count; ++i) angles[i] = position * a.inverse_frequencies[first + i];
    cosines_and_sines<V>(angles, cosines, sines);
    for (int i = 0; i < count; ++i) {
      row[2 * (first + i)] = static_cast<float>(magnitude * cosines[i]);
      row[2 * (first + i) + 1] = static_cast<float>(magnitude * sines[i]);
    }
  }
}

template <class V>
inline void run(const Stream& stream, const RopeTableProblem& p, const RopeTableArguments& a) {
  parallel_rows(stream, a.rows, a.rows * p.dims * 4, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      fill_row<V>(a, p.dims / 2, a.positions[row], a.table + row * p.dims);
    }
  });
}

}  // namespace nagare::rope_table_kernel
