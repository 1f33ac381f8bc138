// exp, exp2, tanh, erfc and the logistic function on a float vector of any instruction set.
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

// 2^x on [-126, 127], to which it clamps x; relative error below 3e-7, and exactly 1 at 0. The polynomial is
// a fit of (2^r - 1) / r on |r| <= 1/2. For sums of many exponentials (softmax), which scale their arguments
// by log2(e) once.
template <class V>
inline V exp2(V x) {
  x = min(max(x, V::broadcast(-126.0f)), V::broadcast(127.0f));
  const V n = round_nearest(x);
  const V r = x - n;
  V p = V::broadcast(0.00133813025373f);
  p = fma(p, r, V::broadcast(0.00966636851539f));
  p = fma(p, r, V::broadcast(0.055503810138f));
  p = fma(p, r, V::broadcast(0.24022349038f));
  p = fma(p, r, V::broadcast(0.69314718056f));
  p = fma(p, r, V::broadcast(1.0f));
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

// erfc x = 1 - erf x, to a few 1e-7 of its value down to 1e-30. Method: for x >= 0, erfc x = t e^(-x²) Q(t)
// with t = 1 / (1 + x/2); Q is a Chebyshev fit of degree 8. erfc(-x) = 2 - erfc x.
template <class V>
inline V erfc(V x) {
  const V z = abs(x);
  const V t = V::broadcast(1.0f) / fma(z, V::broadcast(0.5f), V::broadcast(1.0f));
  V q = V::broadcast(-0.0603703168682f);
  q = fma(q, t, V::broadcast(0.290812119974f));
  q = fma(q, t, V::broadcast(-0.499813692973f));
  q = fma(q, t, V::broadcast(0.29206085825f));
  q = fma(q, t, V::broadcast(-0.0358914119631f));
  q = fma(q, t, V::broadcast(0.206415032997f));
  q = fma(q, t, V::broadcast(0.242218815742f));
  q = fma(q, t, V::broadcast(0.282488004203f));
  q = fma(q, t, V::broadcast(0.282080544507f));
  const V right = t * exp(V::zero() - z * z) * q;
  return select_less(x, V::zero(), V::broadcast(2.0f) - right, right);
}

}  // namespace nagare::simd
