// Encoders: BERT (Devlin et al., 2019) and Nomic BERT (Nussbaum et al., 2024).
#include "models/family_case.h"

namespace nagare::test {
namespace {

constexpr TinySizes kSizes{.kv_heads = 4};

TinyModel tiny_encoder(const std::string& architecture, uint64_t seed, const TinyParts& parts) {
  TinyModel m = tiny_transformer(architecture, seed, kSizes, parts);
  for (const char* name : {"output_norm.weight", "output_norm.bias"}) m.remove_tensor(name);
  for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
    const std::string blk = block_name(layer);
    for (const char* name : {"attn_norm.weight", "attn_norm.bias", "ffn_norm.weight", "ffn_norm.bias"})
      m.remove_tensor(blk + name);
    add_norm(m, blk + "attn_output_norm", kSizes.width, true);
    add_norm(m, blk + "layer_output_norm", kSizes.width, true);
  }
  add_norm(m, "token_embd_norm", kSizes.width, true);
  m.matrix("token_types.weight", 2, kSizes.width);
  return m;
}

// All tokens belong to sentence A.
Matrix embed_with_type(const TinyModel& m, const std::vector<int32_t>& tokens) {
  return add(embed(m["token_embd.weight"], tokens),
             embed(m["token_types.weight"], std::vector<int32_t>(tokens.size(), 0)));
}

// Norms behind each sum; what comes between differs.
Matrix close_layer(const Matrix& x, const Matrix& part, const TinyModel& m, const std::string& norm) {
  return layer_norm(add(x, part), m, norm, kTinyEpsilon);
}

AttentionRule both_ways() {
  AttentionRule rule = tiny_attention(kSizes);
  rule.causal = false;
  return rule;
}

FamilyCase bert() {
  return {.name = "bert",
          .make =
              [] {
                TinyModel m = tiny_encoder(
                    "bert", 61, {.layer_norm = true, .bias = true, .gate = false, .own_head = false});
                m.matrix("position_embd.weight", 64, kSizes.width);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                std::vector<int32_t> positions;
                for (size_t i = 0; i < tokens.size(); ++i) positions.push_back(static_cast<int32_t>(i));
                Matrix x = add(embed_with_type(m, tokens), embed(m["position_embd.weight"], positions));
                x = layer_norm(x, m, "token_embd_norm", kTinyEpsilon);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const TinyQkv qkv = project_qkv(x, m, blk);
                  const Matrix mixed = attention(qkv.q, qkv.k, qkv.v, both_ways());
                  x = close_layer(x, linear(mixed, m, blk + "attn_output"), m, blk + "attn_output_norm");
                  x = close_layer(x, plain(x, m, blk), m, blk + "layer_output_norm");
                }
                return x;
              },
          .is_encoder = true};
}

FamilyCase nomic_bert() {
  return {.name = "nomic_bert",
          .make =
              [] {
                TinyModel m = tiny_encoder("nomic-bert", 62,
                                           {.layer_norm = true, .joint_qkv = true, .own_head = false});
                m.number("rope.freq_base", 1000);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                const Rotation rotation{rope_frequencies(8, 1000), 1, false};
                Matrix x = layer_norm(embed_with_type(m, tokens), m, "token_embd_norm", kTinyEpsilon);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const TinyQkv qkv = split_qkv(linear(x, m, blk + "attn_qkv"), kSizes);
                  const Matrix mixed =
                      attention(rotate(qkv.q, 8, rotation), rotate(qkv.k, 8, rotation), qkv.v, both_ways());
                  x = close_layer(x, linear(mixed, m, blk + "attn_output"), m, blk + "attn_output_norm");
                  x = close_layer(x, gated(x, m, blk, silu), m, blk + "layer_output_norm");
                }
                return x;
              },
          .is_encoder = true};
}

}  // namespace

std::vector<FamilyCase> encoder_cases() {
  return {bert(), nomic_bert()};
}

}  // namespace nagare::test
