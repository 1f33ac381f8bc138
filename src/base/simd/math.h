// exp, tanh, the logistic function and GELU on a float vector of any instruction set.
#pragma once

namespace nagare::simd {

// e^x to about 1 ulp on [-87.3, 88.4]; beyond it clamps to the ends (never infinite, never 0 but tiny).
// Method: Cody and Waite's reduction x = n ln2 + r, |r| <= ln2/2, then the degree-6 polynomial of e^r that
// Cephes' expf uses (Moshier), then a shift of the exponent.
template <class V>
inline V exp(V x) {
  x = min(max(x, V::broadcast(-87.33654f)), V::broadcast(88.37626f));
  const V n = round_nearest(x * V::broadcast(1.44269504088896341f));
  V r = fma(n, V::broadcast(-0.693359375f), x);
  r = fma(n, V::broadcast(2.12194440e-4f), r);
  V p = V::broadcast(1.9875691500e-4f);
  p = fma(p, r, V::broadcast(1.3981999507e-3f));
  p = fma(p, r, V::broadcast(8.3334519073e-3f));
  p = fma(p, r, V::broadcast(4.1665795894e-2f));
  p = fma(p, r, V::broadcast(1.6666665459e-1f));
  p = fma(p, r, V::broadcast(5.0000001201e-1f));
  p = fma(p, r * r, r + V::broadcast(1.0f));
  return scale_by_power_of_two(p, n);
}

// 1 / (1 + e^-x)
template <class V>
inline V logistic(V x) {
  const V one = V::broadcast(1.0f);
  return one / (one + exp(V::zero() - x));
}

// tanh x = 1 - 2 / (e^2x + 1): absolute error below 1e-7, which is what its users here (GELU, soft caps)
// need.
template <class V>
inline V tanh(V x) {
  const V one = V::broadcast(1.0f);
  return one - V::broadcast(2.0f) / (exp(x + x) + one);
}

}  // namespace nagare::simd
