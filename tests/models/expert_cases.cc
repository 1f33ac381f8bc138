// Mixtures of experts: Mixtral (Jiang et al., 2024) in both forms of its file, Qwen2 MoE (Qwen Team, 2024).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/family_case.h"

namespace nagare::test {
namespace {

constexpr int64_t kExperts = 6;
constexpr int64_t kUsed = 3;
constexpr int64_t kHidden = 32;
constexpr TinySizes kSizes{};

Matrix row_of(const Matrix& x, int64_t row) {
  Matrix one(1, x.columns);
  for (int64_t c = 0; c < x.columns; ++c) one.at(0, c) = x.at(row, c);
  return one;
}

// Expert `expert` of a stack, or of a file with a tensor per expert.
Matrix expert_weights(const TinyModel& m, const std::string& name, int64_t expert) {
  const std::string single = name + "." + std::to_string(expert) + ".weight";
  if (m.has(single)) return m[single];
  const Matrix& all = m[name + "_exps.weight"];
  Matrix own(all.rows / kExperts, all.columns);
  for (int64_t r = 0; r < own.rows; ++r) {
    for (int64_t c = 0; c < own.columns; ++c) own.at(r, c) = all.at(expert * own.rows + r, c);
  }
  return own;
}

// One token: softmax over all experts, the best few of them, their weights made to add up to 1 or not.
Matrix mixture_row(const Matrix& x, const TinyModel& m, const std::string& blk, bool normalise) {
  const Matrix scores = linear(x, m, blk + "ffn_gate_inp");
  std::vector<double> p(kExperts);
  double sum = 0;
  for (int64_t e = 0; e < kExperts; ++e) sum += p[static_cast<size_t>(e)] = std::exp(scores.at(0, e));
  for (double& value : p) value /= sum;
  std::vector<int64_t> order(kExperts);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return p[static_cast<size_t>(a)] > p[static_cast<size_t>(b)];
  });
  double chosen = 0;
  for (int64_t i = 0; i < kUsed; ++i) chosen += p[static_cast<size_t>(order[static_cast<size_t>(i)])];
  Matrix y(1, x.columns);
  for (int64_t i = 0; i < kUsed; ++i) {
    const int64_t e = order[static_cast<size_t>(i)];
    const Matrix gate = map(linear(x, expert_weights(m, blk + "ffn_gate", e)), silu);
    const Matrix up = linear(x, expert_weights(m, blk + "ffn_up", e));
    const Matrix out = linear(multiply(gate, up), expert_weights(m, blk + "ffn_down", e));
    const double weight = p[static_cast<size_t>(e)] / (normalise ? chosen : 1);
    for (int64_t c = 0; c < y.columns; ++c) y.at(0, c) += weight * out.at(0, c);
  }
  return y;
}

Matrix mixture(const Matrix& x, const TinyModel& m, const std::string& blk, bool normalise) {
  Matrix y(x.rows, x.columns);
  for (int64_t r = 0; r < x.rows; ++r) {
    const Matrix row = mixture_row(row_of(x, r), m, blk, normalise);
    for (int64_t c = 0; c < x.columns; ++c) y.at(r, c) = row.at(0, c);
  }
  return y;
}

void add_experts(TinyModel& m, bool stacked) {
  m.integer("expert_count", kExperts).integer("expert_used_count", kUsed);
  for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
    const std::string blk = block_name(layer);
    for (const char* part : {"ffn_gate", "ffn_up", "ffn_down"}) {
      const bool down = std::string(part) == "ffn_down";
      const int64_t rows = down ? kSizes.width : kHidden;
      const int64_t columns = down ? kHidden : kSizes.width;
      m.remove_tensor(blk + part + ".weight");
      if (stacked) m.stack(blk + part + "_exps.weight", kExperts, rows, columns);
      for (int64_t e = 0; !stacked && e < kExperts; ++e)
        m.matrix(blk + part + "." + std::to_string(e) + ".weight", rows, columns);
    }
    m.matrix(blk + "ffn_gate_inp.weight", kExperts, kSizes.width);
  }
}

// Sum of attention part and input.
Matrix attended(const Matrix& x, const TinyModel& m, const std::string& blk, bool neighbours) {
  const Rotation rotation{rope_frequencies(8, 10000), 1, neighbours};
  const TinyQkv qkv = project_qkv(rms_norm(x, m[blk + "attn_norm.weight"], kTinyEpsilon), m, blk);
  const Matrix mixed =
      attention(rotate(qkv.q, 8, rotation), rotate(qkv.k, 8, rotation), qkv.v, tiny_attention(kSizes));
  return add(x, linear(mixed, m, blk + "attn_output"));
}

FamilyCase mixtral(const std::string& name, bool stacked) {
  return {.name = name,
          .make =
              [stacked] {
                TinyModel m = tiny_transformer("llama", 51, kSizes, {});
                m.integer("feed_forward_length", kHidden);
                add_experts(m, stacked);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                Matrix x = embed(m["token_embd.weight"], tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  x = attended(x, m, blk, true);
                  x = add(x, mixture(rms_norm(x, m[blk + "ffn_norm.weight"], kTinyEpsilon), m, blk, true));
                }
                return linear(rms_norm(x, m["output_norm.weight"], kTinyEpsilon), m, "output");
              }};
}

// Experts of block-quantised weights; gate and up are of two types, so they cannot be one multiplication.
FamilyCase quantised(const std::string& name, DType gate, DType up, DType down) {
  FamilyCase result = mixtral(name, true);
  result.make = [make = result.make, gate, up, down] {
    TinyModel m = make();
    for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
      m.quantise(block_name(layer) + "ffn_gate_exps.weight", gate);
      m.quantise(block_name(layer) + "ffn_up_exps.weight", up);
      m.quantise(block_name(layer) + "ffn_down_exps.weight", down);
    }
    return m;
  };
  result.tolerance = 0.04;
  return result;
}

Matrix shared_expert(const Matrix& x, const TinyModel& m, const std::string& blk) {
  const Matrix gate = map(linear(x, m, blk + "ffn_gate_shexp"), silu);
  Matrix y = linear(multiply(gate, linear(x, m, blk + "ffn_up_shexp")), m, blk + "ffn_down_shexp");
  const Matrix score = linear(x, m, blk + "ffn_gate_inp_shexp");
  for (int64_t r = 0; r < y.rows; ++r) {
    for (int64_t c = 0; c < y.columns; ++c) y.at(r, c) /= 1 + std::exp(-score.at(r, 0));
  }
  return y;
}

FamilyCase qwen2moe() {
  return {
      .name = "qwen2moe",
      .make =
          [] {
            TinyModel m = tiny_transformer("qwen2moe", 52, kSizes, {});
            m.integer("expert_feed_forward_length", kHidden).integer("expert_shared_feed_forward_length", 28);
            add_experts(m, true);
            for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
              const std::string blk = block_name(layer);
              for (const char* part : {"attn_q", "attn_k", "attn_v"})
                m.vector(blk + part + ".bias", m[blk + part + ".weight"].rows, 0);
              m.matrix(blk + "ffn_gate_shexp.weight", 28, kSizes.width);
              m.matrix(blk + "ffn_up_shexp.weight", 28, kSizes.width);
              m.matrix(blk + "ffn_down_shexp.weight", kSizes.width, 28);
              m.vector(blk + "ffn_gate_inp_shexp.weight", kSizes.width, 0, 0.3);
            }
            return m;
          },
      .forward =
          [](const TinyModel& m, const std::vector<int32_t>& tokens) {
            Matrix x = embed(m["token_embd.weight"], tokens);
            for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
              const std::string blk = block_name(layer);
              x = attended(x, m, blk, false);
              const Matrix y = rms_norm(x, m[blk + "ffn_norm.weight"], kTinyEpsilon);
              x = add(x, add(mixture(y, m, blk, false), shared_expert(y, m, blk)));
            }
            return linear(rms_norm(x, m["output_norm.weight"], kTinyEpsilon), m, "output");
          }};
}

}  // namespace

std::vector<FamilyCase> expert_cases() {
  return {mixtral("mixtral", true), mixtral("mixtral_tensor_per_expert", false),
          quantised("mixtral_q8_0", DType::kQ8_0, DType::kQ8_0, DType::kQ8_0),
          quantised("mixtral_mixed_types", DType::kQ4_0, DType::kQ5_1, DType::kF16), qwen2moe()};
}

}  // namespace nagare::test
