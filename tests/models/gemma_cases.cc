// Gemma 1, 2 and 3 (Gemma Team, 2024 and 2025).
#include <cmath>

#include "models/family_case.h"

namespace nagare::test {
namespace {

Matrix scaled_embedding(const TinyModel& m, const std::vector<int32_t>& tokens) {
  Matrix x = embed(m["token_embd.weight"], tokens);
  for (double& value : x.data) value *= std::sqrt(static_cast<double>(x.columns));
  return x;
}

Matrix norm(const Matrix& x, const TinyModel& m, const std::string& name) {
  return rms_norm(x, m[name + ".weight"], kTinyEpsilon);
}

Matrix capped(Matrix x, double cap) {
  for (double& value : x.data) value = cap * std::tanh(value / cap);
  return x;
}

// Heads wider than width / heads, as the 7B model's; one head of keys, as the 2B model's.
FamilyCase gemma() {
  static constexpr TinySizes kSizes{.kv_heads = 1, .head_dim = 12, .rope_dims = 12};
  return {.name = "gemma",
          .make = [] { return tiny_transformer("gemma", 41, kSizes, {.own_head = false}); },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                const Rotation rotation{rope_frequencies(12, 10000), 1, false};
                Matrix x = scaled_embedding(m, tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const TinyQkv qkv = project_qkv(norm(x, m, blk + "attn_norm"), m, blk);
                  const Matrix mixed = attention(rotate(qkv.q, 12, rotation), rotate(qkv.k, 12, rotation),
                                                 qkv.v, tiny_attention(kSizes));
                  x = add(x, linear(mixed, m, blk + "attn_output"));
                  x = add(x, gated(norm(x, m, blk + "ffn_norm"), m, blk, gelu_tanh));
                }
                return linear(norm(x, m, "output_norm"), m["token_embd.weight"]);
              }};
}

void add_post_norms(TinyModel& m, const TinySizes& s) {
  for (int64_t layer = 0; layer < s.layers; ++layer) {
    m.vector(block_name(layer) + "post_attention_norm.weight", s.width, 1);
    m.vector(block_name(layer) + "post_ffw_norm.weight", s.width, 1);
  }
}

// Norms before and behind each part; what differs between Gemma 2 and 3 comes in.
Matrix layer_of(const Matrix& x, const TinyModel& m, const std::string& blk, const TinyQkv& qkv,
                const AttentionRule& rule) {
  const Matrix mixed = linear(attention(qkv.q, qkv.k, qkv.v, rule), m, blk + "attn_output");
  const Matrix sum = add(x, norm(mixed, m, blk + "post_attention_norm"));
  const Matrix hidden = gated(norm(sum, m, blk + "ffn_norm"), m, blk, gelu_tanh);
  return add(sum, norm(hidden, m, blk + "post_ffw_norm"));
}

// The even layers have the window.
FamilyCase gemma2() {
  static constexpr TinySizes kSizes{.layers = 3};
  return {.name = "gemma2",
          .make =
              [] {
                TinyModel m = tiny_transformer("gemma2", 42, kSizes, {.own_head = false});
                add_post_norms(m, kSizes);
                m.integer("attention.sliding_window", 4).number("attn_logit_softcapping", 2);
                m.number("final_logit_softcapping", 3);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                const Rotation rotation{rope_frequencies(8, 10000), 1, false};
                Matrix x = scaled_embedding(m, tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  TinyQkv qkv = project_qkv(norm(x, m, blk + "attn_norm"), m, blk);
                  qkv.q = rotate(qkv.q, 8, rotation);
                  qkv.k = rotate(qkv.k, 8, rotation);
                  AttentionRule rule = tiny_attention(kSizes);
                  rule.softcap = 2;
                  rule.window = layer % 2 == 0 ? 4 : 0;
                  x = layer_of(x, m, blk, qkv, rule);
                }
                return capped(linear(norm(x, m, "output_norm"), m["token_embd.weight"]), 3);
              }};
}

// Every sixth layer sees everything and turns by the file's base, stretched; the others see a window and turn
// by 10,000, not stretched.
FamilyCase gemma3() {
  static constexpr TinySizes kSizes{.layers = 7};
  return {.name = "gemma3",
          .make =
              [] {
                TinyModel m = tiny_transformer("gemma3", 43, kSizes, {.own_head = false});
                add_post_norms(m, kSizes);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  m.vector(block_name(layer) + "attn_q_norm.weight", kSizes.head_dim, 1);
                  m.vector(block_name(layer) + "attn_k_norm.weight", kSizes.head_dim, 1);
                }
                m.integer("attention.sliding_window", 4).number("rope.freq_base", 1000000);
                m.text("rope.scaling.type", "linear").number("rope.scaling.factor", 8);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                const Rotation near{rope_frequencies(8, 10000), 1, false};
                Rotation far{rope_frequencies(8, 1000000), 1, false};
                for (double& frequency : far.frequencies) frequency /= 8;
                Matrix x = scaled_embedding(m, tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const bool sees_all = layer % 6 == 5;
                  TinyQkv qkv = project_qkv(norm(x, m, blk + "attn_norm"), m, blk);
                  qkv.q = rotate(norm(qkv.q, m, blk + "attn_q_norm"), 8, sees_all ? far : near);
                  qkv.k = rotate(norm(qkv.k, m, blk + "attn_k_norm"), 8, sees_all ? far : near);
                  AttentionRule rule = tiny_attention(kSizes);
                  rule.window = sees_all ? 0 : 4;
                  x = layer_of(x, m, blk, qkv, rule);
                }
                return linear(norm(x, m, "output_norm"), m["token_embd.weight"]);
              }};
}

}  // namespace

std::vector<FamilyCase> gemma_cases() {
  return {gemma(), gemma2(), gemma3()};
}

}  // namespace nagare::test
