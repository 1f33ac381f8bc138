// Llama with every way to stretch its rotary positions, with a window; and Phi-3, a llama with LongRoPE.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/family_case.h"

namespace nagare::test {
namespace {

constexpr TinySizes kSizes{.rope_dims = 8};

// What the file says, once more as formulas.
struct Stretch {
  std::function<void(TinyModel&)> declare;
  std::function<Rotation(const TinyModel&)> rotation;
};

Matrix llama_forward(const TinyModel& m, const std::vector<int32_t>& tokens, const Rotation& rotation,
                     int64_t window) {
  AttentionRule rule = tiny_attention(kSizes);
  rule.window = window;
  Matrix x = embed(m["token_embd.weight"], tokens);
  for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
    const std::string blk = block_name(layer);
    TinyQkv qkv = project_qkv(rms_norm(x, m[blk + "attn_norm.weight"], kTinyEpsilon), m, blk);
    const Matrix q = rotate(qkv.q, kSizes.head_dim, rotation);
    const Matrix k = rotate(qkv.k, kSizes.head_dim, rotation);
    x = add(x, linear(attention(q, k, qkv.v, rule), m, blk + "attn_output"));
    x = add(x, gated(rms_norm(x, m[blk + "ffn_norm.weight"], kTinyEpsilon), m, blk, silu));
  }
  return linear(rms_norm(x, m["output_norm.weight"], kTinyEpsilon), m, "output");
}

FamilyCase llama(const std::string& name, uint64_t seed, const Stretch& stretch, int64_t window = 0) {
  return {.name = name,
          .make =
              [=] {
                TinyModel m = tiny_transformer("llama", seed, kSizes, {});
                stretch.declare(m);
                if (window > 0) m.integer("attention.sliding_window", static_cast<uint32_t>(window));
                return m;
              },
          .forward =
              [=](const TinyModel& m, const std::vector<int32_t>& tokens) {
                return llama_forward(m, tokens, stretch.rotation(m), window);
              }};
}

Rotation neighbours(std::vector<double> frequencies, double magnitude = 1) {
  return {std::move(frequencies), magnitude, true};
}

Stretch none() {
  return {[](TinyModel& m) { m.number("rope.freq_base", 5000); },
          [](const TinyModel&) { return neighbours(rope_frequencies(8, 5000)); }};
}

// Chen et al., 2023: positions divided by the factor.
Stretch linear_stretch() {
  return {[](TinyModel& m) { m.text("rope.scaling.type", "linear").number("rope.scaling.factor", 4); },
          [](const TinyModel&) {
            std::vector<double> f = rope_frequencies(8, 10000);
            for (double& x : f) x /= 4;
            return neighbours(f);
          }};
}

// Peng et al., 2023, with α = 1, β = 32: below α turns within the original context a frequency is divided,
// above β it stays. The published code rounds the turning dimensions outwards; so does everybody.
Stretch yarn() {
  return {[](TinyModel& m) {
            m.text("rope.scaling.type", "yarn").number("rope.scaling.factor", 8);
            m.integer("rope.scaling.original_context_length", 2048).number("rope.freq_base", 10000);
          },
          [](const TinyModel&) {
            const auto dimension = [](double turns) {
              return 8 * std::log(2048 / (turns * 2 * std::numbers::pi)) / (2 * std::log(10000.0));
            };
            const double low = std::max(std::floor(dimension(32)), 0.0);
            const double high = std::min(std::ceil(dimension(1)), 7.0);
            std::vector<double> f = rope_frequencies(8, 10000);
            for (size_t i = 0; i < f.size(); ++i) {
              const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
              f[i] = f[i] / 8 * ramp + f[i] * (1 - ramp);
            }
            return neighbours(f, 0.1 * std::log(8.0) + 1);
          }};
}

// Llama 3.1, as its authors' code has it.
Stretch llama3() {
  return {[](TinyModel& m) {
            m.text("rope.scaling.type", "llama3").number("rope.scaling.factor", 8);
            m.integer("rope.scaling.original_context_length", 512);
          },
          [](const TinyModel&) {
            std::vector<double> f = rope_frequencies(8, 10000);
            for (double& x : f) {
              const double length = 2 * std::numbers::pi / x;
              if (length < 512 / 4.0) continue;
              const double smooth = (512 / length - 1) / (4 - 1);
              x = length > 512 / 1.0 ? x / 8 : (1 - smooth) * x / 8 + smooth * x;
            }
            return neighbours(f);
          }};
}

Stretch factors_of_the_file() {
  return {[](TinyModel& m) { m.vector("rope_freqs.weight", 4, 3, 1); },
          [](const TinyModel& m) {
            std::vector<double> f = rope_frequencies(8, 10000);
            for (size_t i = 0; i < 4; ++i) f[i] /= m["rope_freqs.weight"].data[i];
            return neighbours(f);
          }};
}

// Phi-3 (Abdin et al., 2024): gate and up are one matrix, gate first; Q and K are turned by halves.
Matrix phi3_forward(const TinyModel& m, const std::vector<int32_t>& tokens, const std::string& factors) {
  std::vector<double> f = rope_frequencies(8, 10000);
  for (size_t i = 0; i < 4; ++i) f[i] /= m[factors].data[i];
  const Rotation rotation{f, static_cast<double>(1.19f), false};
  AttentionRule rule = tiny_attention(kSizes);
  rule.window = 5;
  Matrix x = embed(m["token_embd.weight"], tokens);
  for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
    const std::string blk = block_name(layer);
    const Matrix y = rms_norm(x, m[blk + "attn_norm.weight"], kTinyEpsilon);
    const TinyQkv qkv = split_qkv(linear(y, m, blk + "attn_qkv"), kSizes);
    const Matrix q = rotate(qkv.q, kSizes.head_dim, rotation);
    const Matrix k = rotate(qkv.k, kSizes.head_dim, rotation);
    x = add(x, linear(attention(q, k, qkv.v, rule), m, blk + "attn_output"));
    const Matrix both = linear(rms_norm(x, m[blk + "ffn_norm.weight"], kTinyEpsilon), m, blk + "ffn_up");
    const Matrix gate = map(columns(both, 0, kSizes.feed_forward), silu);
    const Matrix up = columns(both, kSizes.feed_forward, kSizes.feed_forward);
    x = add(x, linear(multiply(gate, up), m, blk + "ffn_down"));
  }
  return linear(rms_norm(x, m["output_norm.weight"], kTinyEpsilon), m, "output");
}

// Ding et al., 2024: one list of factors up to the original context, another beyond it.
FamilyCase phi3(const std::string& name, int64_t context_length, const std::string& factors) {
  return {
      .name = name,
      .make =
          [] {
            TinyModel m = tiny_transformer("phi3", 21, kSizes, {.joint_qkv = true, .gate = false});
            for (int64_t layer = 0; layer < kSizes.layers; ++layer) {
              m.matrix(block_name(layer) + "ffn_up.weight", 2 * kSizes.feed_forward, kSizes.width);
            }
            m.vector("rope_factors_short.weight", 4, 1.5, 0.3).vector("rope_factors_long.weight", 4, 6, 2);
            m.integer("rope.scaling.original_context_length", 32).number("rope.scaling.attn_factor", 1.19f);
            m.integer("attention.sliding_window", 5);
            return m;
          },
      .forward = [factors](const TinyModel& m,
                           const std::vector<int32_t>& tokens) { return phi3_forward(m, tokens, factors); },
      .context_length = context_length};
}

}  // namespace

std::vector<FamilyCase> llama_cases() {
  return {llama("llama", 1, none()),
          llama("llama_linear", 2, linear_stretch()),
          llama("llama_yarn", 3, yarn()),
          llama("llama_llama3", 4, llama3()),
          llama("llama_factors", 5, factors_of_the_file()),
          llama("llama_window", 6, none(), 4),
          phi3("phi3_short", 32, "rope_factors_short.weight"),
          phi3("phi3_long", 64, "rope_factors_long.weight")};
}

}  // namespace nagare::test
