#include "models/family_case.h"

#include <cmath>

namespace nagare::test {

void add_norm(TinyModel& m, const std::string& name, int64_t width, bool with_bias) {
  m.vector(name + ".weight", width, 1);
  if (with_bias) m.vector(name + ".bias", width, 0);
}

void add_linear(TinyModel& m, const std::string& name, int64_t rows, int64_t columns, bool with_bias) {
  m.matrix(name + ".weight", rows, columns);
  if (with_bias) m.vector(name + ".bias", rows, 0);
}

TinyModel tiny_transformer(const std::string& architecture, uint64_t seed, const TinySizes& s,
                           const TinyParts& parts) {
  TinyModel m(architecture, seed);
  const auto number = [](int64_t value) { return static_cast<uint32_t>(value); };
  m.integer("block_count", number(s.layers)).integer("context_length", 64);
  m.integer("embedding_length", number(s.width)).integer("feed_forward_length", number(s.feed_forward));
  m.integer("attention.head_count", number(s.heads)).integer("attention.head_count_kv", number(s.kv_heads));
  m.integer("attention.key_length", number(s.head_dim)).integer("attention.value_length", number(s.head_dim));
  m.integer("rope.dimension_count", number(s.rope_dims));
  m.number(parts.layer_norm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", 1e-5f);
  m.matrix("token_embd.weight", s.vocabulary, s.width);
  add_norm(m, "output_norm", s.width, parts.layer_norm);
  if (parts.own_head) m.matrix("output.weight", s.vocabulary, s.width);
  const int64_t q_width = s.heads * s.head_dim;
  const int64_t kv_width = s.kv_heads * s.head_dim;
  for (int64_t layer = 0; layer < s.layers; ++layer) {
    const std::string blk = block_name(layer);
    add_norm(m, blk + "attn_norm", s.width, parts.layer_norm);
    add_norm(m, blk + "ffn_norm", s.width, parts.layer_norm);
    if (parts.joint_qkv) {
      add_linear(m, blk + "attn_qkv", q_width + 2 * kv_width, s.width, parts.bias);
    } else {
      add_linear(m, blk + "attn_q", q_width, s.width, parts.bias);
      add_linear(m, blk + "attn_k", kv_width, s.width, parts.bias);
      add_linear(m, blk + "attn_v", kv_width, s.width, parts.bias);
    }
    add_linear(m, blk + "attn_output", s.width, q_width, parts.bias);
    if (parts.gate) add_linear(m, blk + "ffn_gate", s.feed_forward, s.width, parts.bias);
    add_linear(m, blk + "ffn_up", s.feed_forward, s.width, parts.bias);
    add_linear(m, blk + "ffn_down", s.width, s.feed_forward, parts.bias);
  }
  return m;
}

TinyQkv split_qkv(const Matrix& qkv, const TinySizes& s) {
  const int64_t q_width = s.heads * s.head_dim;
  const int64_t kv_width = s.kv_heads * s.head_dim;
  return {columns(qkv, 0, q_width), columns(qkv, q_width, kv_width),
          columns(qkv, q_width + kv_width, kv_width)};
}

TinyQkv project_qkv(const Matrix& x, const TinyModel& m, const std::string& blk) {
  return {linear(x, m, blk + "attn_q"), linear(x, m, blk + "attn_k"), linear(x, m, blk + "attn_v")};
}

Matrix gated(const Matrix& x, const TinyModel& m, const std::string& blk, double (*f)(double)) {
  const Matrix gate = map(linear(x, m, blk + "ffn_gate"), f);
  return linear(multiply(gate, linear(x, m, blk + "ffn_up")), m, blk + "ffn_down");
}

Matrix plain(const Matrix& x, const TinyModel& m, const std::string& blk) {
  return linear(map(linear(x, m, blk + "ffn_up"), gelu_tanh), m, blk + "ffn_down");
}

AttentionRule tiny_attention(const TinySizes& s) {
  return {.heads = s.heads, .kv_heads = s.kv_heads, .scale = 1 / std::sqrt(static_cast<double>(s.head_dim))};
}

std::vector<FamilyCase> all_family_cases() {
  std::vector<FamilyCase> all;
  for (const auto& cases : {llama_cases(), decoder_cases(), gemma_cases(), expert_cases(), encoder_cases()})
    all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

}  // namespace nagare::test
