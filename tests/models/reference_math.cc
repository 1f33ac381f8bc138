#include "models/reference_math.h"

#include <cmath>
#include <numbers>

namespace nagare::test {

Matrix linear(const Matrix& x, const Matrix& weights) {
  Matrix y(x.rows, weights.rows);
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t n = 0; n < weights.rows; ++n) {
      for (int64_t k = 0; k < x.columns; ++k) y.at(r, n) += x.at(r, k) * weights.at(n, k);
    }
  }
  return y;
}

Matrix linear(const Matrix& x, const Matrix& weights, const Matrix& bias) {
  Matrix y = linear(x, weights);
  for (int64_t r = 0; r < y.rows; ++r) {
    for (int64_t n = 0; n < y.columns; ++n) y.at(r, n) += bias.at(0, n);
  }
  return y;
}

Matrix linear(const Matrix& x, const TinyModel& model, const std::string& name) {
  return model.has(name + ".bias") ? linear(x, model[name + ".weight"], model[name + ".bias"])
                                   : linear(x, model[name + ".weight"]);
}

Matrix add(const Matrix& a, const Matrix& b) {
  Matrix sum = a;
  for (size_t i = 0; i < sum.data.size(); ++i) sum.data[i] += b.data[i];
  return sum;
}

Matrix multiply(const Matrix& a, const Matrix& b) {
  Matrix product = a;
  for (size_t i = 0; i < product.data.size(); ++i) product.data[i] *= b.data[i];
  return product;
}

Matrix map(const Matrix& x, double (*f)(double)) {
  Matrix y = x;
  for (double& value : y.data) value = f(value);
  return y;
}

Matrix columns(const Matrix& x, int64_t first, int64_t count) {
  Matrix part(x.rows, count);
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t c = 0; c < count; ++c) part.at(r, c) = x.at(r, first + c);
  }
  return part;
}

Matrix embed(const Matrix& table, const std::vector<int32_t>& ids) {
  Matrix x(static_cast<int64_t>(ids.size()), table.columns);
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t c = 0; c < x.columns; ++c) x.at(r, c) = table.at(ids[static_cast<size_t>(r)], c);
  }
  return x;
}

namespace {

Matrix normalise(const Matrix& x, const Matrix& weights, const Matrix* bias, double epsilon, bool centre) {
  Matrix y(x.rows, x.columns);
  const int64_t n = weights.columns;
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t group = 0; group < x.columns / n; ++group) {
      double mean = 0;
      for (int64_t i = 0; i < n; ++i) mean += x.at(r, group * n + i) / static_cast<double>(n);
      if (!centre) mean = 0;
      double variance = 0;
      for (int64_t i = 0; i < n; ++i)
        variance += std::pow(x.at(r, group * n + i) - mean, 2) / static_cast<double>(n);
      for (int64_t i = 0; i < n; ++i) {
        const double unit = (x.at(r, group * n + i) - mean) / std::sqrt(variance + epsilon);
        const double shift = bias == nullptr ? 0 : bias->at(0, i);
        y.at(r, group * n + i) = unit * weights.at(weights.rows > 1 ? group : 0, i) + shift;
      }
    }
  }
  return y;
}

}  // namespace

Matrix rms_norm(const Matrix& x, const Matrix& weights, double epsilon) {
  return normalise(x, weights, nullptr, epsilon, false);
}
Matrix layer_norm(const Matrix& x, const Matrix& weights, const Matrix* bias, double epsilon) {
  return normalise(x, weights, bias, epsilon, true);
}
Matrix layer_norm(const Matrix& x, const TinyModel& model, const std::string& name, double epsilon) {
  return layer_norm(x, model[name + ".weight"], &model[name + ".bias"], epsilon);
}

double silu(double x) {
  return x / (1 + std::exp(-x));
}
double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

std::vector<double> rope_frequencies(int64_t dims, double base) {
  std::vector<double> frequencies;
  for (int64_t i = 0; i < dims; i += 2)
    frequencies.push_back(std::pow(base, -static_cast<double>(i) / static_cast<double>(dims)));
  return frequencies;
}

Matrix rotate(const Matrix& x, int64_t head_dim, const Rotation& rotation) {
  Matrix y = x;
  const auto half = static_cast<int64_t>(rotation.frequencies.size());
  for (int64_t r = 0; r < x.rows; ++r) {
    for (int64_t head = 0; head < x.columns / head_dim; ++head) {
      for (int64_t i = 0; i < half; ++i) {
        const int64_t first = head * head_dim + (rotation.neighbours ? 2 * i : i);
        const int64_t second = rotation.neighbours ? first + 1 : first + half;
        const double angle = static_cast<double>(r) * rotation.frequencies[static_cast<size_t>(i)];
        const double cosine = std::cos(angle) * rotation.magnitude;
        const double sine = std::sin(angle) * rotation.magnitude;
        y.at(r, first) = x.at(r, first) * cosine - x.at(r, second) * sine;
        y.at(r, second) = x.at(r, first) * sine + x.at(r, second) * cosine;
      }
    }
  }
  return y;
}

namespace {

bool is_visible(const AttentionRule& rule, int64_t row, int64_t key) {
  if (rule.causal && key > row) return false;
  return rule.window == 0 || std::abs(row - key) < rule.window;
}

double score(const Matrix& q, const Matrix& k, const AttentionRule& rule, int64_t row, int64_t key,
             int64_t head) {
  const int64_t dim = q.columns / rule.heads;
  const int64_t kv_head = head / (rule.heads / rule.kv_heads);
  double s = 0;
  for (int64_t i = 0; i < dim; ++i) s += q.at(row, head * dim + i) * k.at(key, kv_head * dim + i);
  s *= rule.scale;
  if (rule.softcap > 0) s = rule.softcap * std::tanh(s / rule.softcap);
  if (!rule.slopes.empty()) s += rule.slopes[static_cast<size_t>(head)] * static_cast<double>(key - row);
  return s;
}

}  // namespace

Matrix attention(const Matrix& q, const Matrix& k, const Matrix& v, const AttentionRule& rule) {
  const int64_t dim = v.columns / rule.kv_heads;
  Matrix y(q.rows, rule.heads * dim);
  for (int64_t row = 0; row < q.rows; ++row) {
    for (int64_t head = 0; head < rule.heads; ++head) {
      double sum = 0;
      for (int64_t key = 0; key < k.rows; ++key) {
        if (is_visible(rule, row, key)) sum += std::exp(score(q, k, rule, row, key, head));
      }
      for (int64_t key = 0; key < k.rows; ++key) {
        if (!is_visible(rule, row, key)) continue;
        const double weight = std::exp(score(q, k, rule, row, key, head)) / sum;
        const int64_t kv_head = head / (rule.heads / rule.kv_heads);
        for (int64_t i = 0; i < dim; ++i) y.at(row, head * dim + i) += weight * v.at(key, kv_head * dim + i);
      }
    }
  }
  return y;
}

}  // namespace nagare::test
