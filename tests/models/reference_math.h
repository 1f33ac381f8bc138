// The formulas that reference forward passes are made of, in double precision and plain loops. Written from
// the papers; shares nothing with the product but the names of tensors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/tiny_model.h"

namespace nagare::test {

// x Wᵀ (+ b)
Matrix linear(const Matrix& x, const Matrix& weights);
Matrix linear(const Matrix& x, const Matrix& weights, const Matrix& bias);
// With the model's `name`.weight and, where there is one, `name`.bias.
Matrix linear(const Matrix& x, const TinyModel& model, const std::string& name);
Matrix add(const Matrix& a, const Matrix& b);
Matrix columns(const Matrix& x, int64_t first, int64_t count);
Matrix embed(const Matrix& table, const std::vector<int32_t>& ids);

// Per group of weights.columns elements of a row; the weights of group g are row g, or row 0 for all.
Matrix rms_norm(const Matrix& x, const Matrix& weights, double epsilon);
Matrix layer_norm(const Matrix& x, const Matrix& weights, const Matrix* bias, double epsilon);
Matrix layer_norm(const Matrix& x, const TinyModel& model, const std::string& name, double epsilon);

double silu(double x);
double gelu_tanh(double x);
Matrix map(const Matrix& x, double (*f)(double));
Matrix multiply(const Matrix& a, const Matrix& b);

// Turns the first 2 · frequencies elements of every head of head_dim elements by row · frequency, the results
// times `magnitude`. Pairs are neighbours, or elements half the turned part apart.
struct Rotation {
  std::vector<double> frequencies;
  double magnitude = 1;
  bool neighbours = false;
};
std::vector<double> rope_frequencies(int64_t dims, double base);
Matrix rotate(const Matrix& x, int64_t head_dim, const Rotation& rotation);

struct AttentionRule {
  int64_t heads = 1;
  int64_t kv_heads = 1;
  double scale = 1;
  double softcap = 0;
  int64_t window = 0;  // 0: none
  bool causal = true;
  std::vector<double> slopes;  // ALiBi
};
Matrix attention(const Matrix& q, const Matrix& k, const Matrix& v, const AttentionRule& rule);

}  // namespace nagare::test
