// Decoders with layer norms, residuals side by side, slopes instead of positions, norms in other places.
#include <cmath>

#include "models/family_case.h"

namespace nagare::test {
namespace {

Matrix head(const Matrix& x, const TinyModel& m) {
  return linear(layer_norm(x, m, "output_norm", kTinyEpsilon), m, "output");
}

Matrix attend(const TinyQkv& qkv, const TinySizes& s, const Rotation& rotation, const AttentionRule& rule) {
  return attention(rotate(qkv.q, s.head_dim, rotation), rotate(qkv.k, s.head_dim, rotation), qkv.v, rule);
}

Rotation halves(const TinySizes& s, double base = 10000) {
  return {rope_frequencies(s.rope_dims, base), 1, false};
}

// Black et al., 2022: x + attention(ln₁(x)) + mlp(ln₂(x)), or one after the other.
FamilyCase gptneox(const std::string& name, bool parallel) {
  static constexpr TinySizes kSizes{.kv_heads = 4, .rope_dims = 2};
  return {.name = name,
          .make =
              [parallel] {
                TinyModel m =
                    tiny_transformer("gptneox", 31, kSizes,
                                     {.layer_norm = true, .bias = true, .joint_qkv = true, .gate = false});
                m.flag("use_parallel_residual", parallel);
                return m;
              },
          .forward =
              [parallel](const TinyModel& m, const std::vector<int32_t>& tokens) {
                Matrix x = embed(m["token_embd.weight"], tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const Matrix y = layer_norm(x, m, blk + "attn_norm", kTinyEpsilon);
                  const TinyQkv qkv = split_qkv(linear(y, m, blk + "attn_qkv"), kSizes);
                  const Matrix mixed = linear(attend(qkv, kSizes, halves(kSizes), tiny_attention(kSizes)), m,
                                              blk + "attn_output");
                  const Matrix sum = add(x, mixed);
                  const Matrix z = layer_norm(parallel ? x : sum, m, blk + "ffn_norm", kTinyEpsilon);
                  x = add(sum, plain(z, m, blk));
                }
                return head(x, m);
              }};
}

// Li et al., 2023: one norm for attention and feed-forward part, a bias on the logits.
FamilyCase phi2() {
  static constexpr TinySizes kSizes{.kv_heads = 4, .rope_dims = 4};
  return {.name = "phi2",
          .make =
              [] {
                TinyModel m =
                    tiny_transformer("phi2", 32, kSizes, {.layer_norm = true, .bias = true, .gate = false});
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  m.remove_tensor(block_name(layer) + "ffn_norm.weight");
                  m.remove_tensor(block_name(layer) + "ffn_norm.bias");
                }
                m.vector("output.bias", kSizes.vocabulary, 0);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                Matrix x = embed(m["token_embd.weight"], tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const Matrix y = layer_norm(x, m, blk + "attn_norm", kTinyEpsilon);
                  const Matrix mixed =
                      attend(project_qkv(y, m, blk), kSizes, halves(kSizes), tiny_attention(kSizes));
                  x = add(x, add(linear(mixed, m, blk + "attn_output"), plain(y, m, blk)));
                }
                return head(x, m);
              }};
}

// Almazrouei et al., 2023, the large model: a norm of its own for the attention, few heads of keys.
FamilyCase falcon() {
  static constexpr TinySizes kSizes{};
  return {.name = "falcon_two_norms",
          .make =
              [] {
                TinyModel m = tiny_transformer("falcon", 33, kSizes,
                                               {.layer_norm = true, .joint_qkv = true, .gate = false});
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  m.remove_tensor(block_name(layer) + "ffn_norm.weight");
                  m.remove_tensor(block_name(layer) + "ffn_norm.bias");
                  add_norm(m, block_name(layer) + "attn_norm_2", kSizes.width, true);
                }
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                Matrix x = embed(m["token_embd.weight"], tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const Matrix y = layer_norm(x, m, blk + "attn_norm_2", kTinyEpsilon);
                  const TinyQkv qkv = split_qkv(linear(y, m, blk + "attn_qkv"), kSizes);
                  const Matrix mixed = attend(qkv, kSizes, halves(kSizes), tiny_attention(kSizes));
                  const Matrix z = layer_norm(x, m, blk + "attn_norm", kTinyEpsilon);
                  x = add(x, add(linear(mixed, m, blk + "attn_output"), plain(z, m, blk)));
                }
                return head(x, m);
              }};
}

// BigScience, 2022, with ALiBi (Press et al., 2021). For n heads, a power of two, the slopes are 2^(-8/n),
// 2^(-16/n), …; for 6 heads those of 4, then the first and third of 8.
FamilyCase bloom(const std::string& name, int64_t heads, const std::vector<double>& slopes) {
  const TinySizes sizes{.width = heads * 8, .heads = heads, .kv_heads = heads};
  return {.name = name,
          .make =
              [sizes] {
                TinyModel m = tiny_transformer(
                    "bloom", 34, sizes,
                    {.layer_norm = true, .bias = true, .joint_qkv = true, .gate = false, .own_head = false});
                add_norm(m, "token_embd_norm", sizes.width, true);
                return m;
              },
          .forward =
              [sizes, slopes](const TinyModel& m, const std::vector<int32_t>& tokens) {
                AttentionRule rule = tiny_attention(sizes);
                rule.slopes = slopes;
                Matrix x = embed(m["token_embd.weight"], tokens);
                x = layer_norm(x, m, "token_embd_norm", kTinyEpsilon);
                for (int64_t layer = 0; layer < sizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const Matrix y = layer_norm(x, m, blk + "attn_norm", kTinyEpsilon);
                  const TinyQkv qkv = split_qkv(linear(y, m, blk + "attn_qkv"), sizes);
                  x = add(x, linear(attention(qkv.q, qkv.k, qkv.v, rule), m, blk + "attn_output"));
                  x = add(x, plain(layer_norm(x, m, blk + "ffn_norm", kTinyEpsilon), m, blk));
                }
                return linear(layer_norm(x, m, "output_norm", kTinyEpsilon), m["token_embd.weight"]);
              }};
}

// Bellagente et al., 2024. The 12B model: every head of Q and K normalised with weights of its own, one norm
// for attention and feed-forward part.
FamilyCase stablelm(const std::string& name, bool is_12b) {
  static constexpr TinySizes kSizes{.rope_dims = 2};
  return {.name = name,
          .make =
              [is_12b] {
                TinyModel m = tiny_transformer("stablelm", 35, kSizes, {.layer_norm = true});
                for (int64_t layer = 0; is_12b && layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  m.remove_tensor(blk + "ffn_norm.weight");
                  m.remove_tensor(blk + "ffn_norm.bias");
                  m.matrix(blk + "attn_q_norm.weight", kSizes.heads, kSizes.head_dim);
                  m.matrix(blk + "attn_k_norm.weight", kSizes.kv_heads, kSizes.head_dim);
                }
                return m;
              },
          .forward =
              [is_12b](const TinyModel& m, const std::vector<int32_t>& tokens) {
                Matrix x = embed(m["token_embd.weight"], tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  const Matrix y = layer_norm(x, m, blk + "attn_norm", kTinyEpsilon);
                  TinyQkv qkv = project_qkv(y, m, blk);
                  if (is_12b) {
                    qkv.q = layer_norm(qkv.q, m[blk + "attn_q_norm.weight"], nullptr, kTinyEpsilon);
                    qkv.k = layer_norm(qkv.k, m[blk + "attn_k_norm.weight"], nullptr, kTinyEpsilon);
                  }
                  const Matrix mixed = attend(qkv, kSizes, halves(kSizes), tiny_attention(kSizes));
                  x = add(x, linear(mixed, m, blk + "attn_output"));
                  const Matrix z = is_12b ? y : layer_norm(x, m, blk + "ffn_norm", kTinyEpsilon);
                  x = add(x, gated(z, m, blk, silu));
                }
                return head(x, m);
              }};
}

// OLMo 3: norms behind the parts, Q and K normalised as a whole, windows on three layers of four, which are
// not stretched.
FamilyCase olmo3() {
  static constexpr TinySizes kSizes{.layers = 5};
  return {.name = "olmo2_windows",
          .make =
              [] {
                TinyModel m = tiny_transformer("olmo2", 36, kSizes, {});
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  m.remove_tensor(blk + "attn_norm.weight");
                  m.remove_tensor(blk + "ffn_norm.weight");
                  m.vector(blk + "attn_q_norm.weight", kSizes.heads * kSizes.head_dim, 1);
                  m.vector(blk + "attn_k_norm.weight", kSizes.kv_heads * kSizes.head_dim, 1);
                  m.vector(blk + "post_attention_norm.weight", kSizes.width, 1);
                  m.vector(blk + "post_ffw_norm.weight", kSizes.width, 1);
                }
                m.integer("attention.sliding_window", 3).number("rope.scaling.factor", 2);
                return m;
              },
          .forward =
              [](const TinyModel& m, const std::vector<int32_t>& tokens) {
                Matrix x = embed(m["token_embd.weight"], tokens);
                for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
                  const std::string blk = block_name(layer);
                  TinyQkv qkv = project_qkv(x, m, blk);
                  qkv.q = rms_norm(qkv.q, m[blk + "attn_q_norm.weight"], kTinyEpsilon);
                  qkv.k = rms_norm(qkv.k, m[blk + "attn_k_norm.weight"], kTinyEpsilon);
                  AttentionRule rule = tiny_attention(kSizes);
                  Rotation rotation = halves(kSizes);
                  if (layer % 4 == 3) {
                    for (double& frequency : rotation.frequencies) frequency /= 2;
                  } else {
                    rule.window = 3;
                  }
                  const Matrix mixed = linear(attend(qkv, kSizes, rotation, rule), m, blk + "attn_output");
                  x = add(x, rms_norm(mixed, m[blk + "post_attention_norm.weight"], kTinyEpsilon));
                  x = add(x, rms_norm(gated(x, m, blk, silu), m[blk + "post_ffw_norm.weight"], kTinyEpsilon));
                }
                return linear(rms_norm(x, m["output_norm.weight"], kTinyEpsilon), m, "output");
              }};
}

}  // namespace

std::vector<FamilyCase> decoder_cases() {
  return {gptneox("gptneox", true),
          gptneox("gptneox_serial", false),
          phi2(),
          falcon(),
          bloom("bloom", 4, {0x1p-2, 0x1p-4, 0x1p-6, 0x1p-8}),
          bloom("bloom_six_heads", 6, {0x1p-2, 0x1p-4, 0x1p-6, 0x1p-8, 0x1p-1, 0x1p-3}),
          stablelm("stablelm", false),
          stablelm("stablelm_12b", true),
          olmo3()};
}

}  // namespace nagare::test
