// A family as the tests try it: a tiny random model, and an independent float64 forward pass of it, written
// from the family's paper or its authors' code.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/reference_math.h"
#include "models/tiny_model.h"

namespace nagare::test {

struct FamilyCase {
  std::string name;
  std::function<TinyModel()> make;
  // What the model gives for every token, [tokens, vocabulary] or [tokens, width].
  std::function<Matrix(const TinyModel&, const std::vector<int32_t>&)> forward;
  int64_t context_length = 0;  // that the model is described for
  bool is_encoder = false;
  double tolerance = 2e-5;  // relative; more where weights are quantised, whose activations are then rounded
};

std::vector<FamilyCase> llama_cases();    // scalings of rotary positions, windows
std::vector<FamilyCase> decoder_cases();  // one norm or two, one residual or two, …
std::vector<FamilyCase> gemma_cases();
std::vector<FamilyCase> expert_cases();
std::vector<FamilyCase> encoder_cases();
std::vector<FamilyCase> all_family_cases();

// The sizes that all cases share.
struct TinySizes {
  int64_t layers = 2;
  int64_t width = 32;
  int64_t heads = 4;
  int64_t kv_heads = 2;
  int64_t head_dim = 8;
  int64_t feed_forward = 48;
  int64_t vocabulary = 40;
  int64_t rope_dims = 8;
};
inline constexpr double kTinyEpsilon = 1e-5;

// The keys and tensors that nearly all families have, for the callers to change. Norms get biases where
// `layer_norm`, multiplications where `bias`.
struct TinyParts {
  bool layer_norm = false;
  bool bias = false;
  bool joint_qkv = false;
  bool gate = true;
  bool own_head = true;
};
TinyModel tiny_transformer(const std::string& architecture, uint64_t seed, const TinySizes& s,
                           const TinyParts& parts);
void add_norm(TinyModel& m, const std::string& name, int64_t width, bool with_bias);
void add_linear(TinyModel& m, const std::string& name, int64_t rows, int64_t columns, bool with_bias);
inline std::string block_name(int64_t layer) {
  return "blk." + std::to_string(layer) + ".";
}

struct TinyQkv {
  Matrix q, k, v;
};
TinyQkv split_qkv(const Matrix& qkv, const TinySizes& s);
TinyQkv project_qkv(const Matrix& x, const TinyModel& m, const std::string& blk);
Matrix gated(const Matrix& x, const TinyModel& m, const std::string& blk, double (*f)(double));
Matrix plain(const Matrix& x, const TinyModel& m, const std::string& blk);
AttentionRule tiny_attention(const TinySizes& s);

}  // namespace nagare::test
