#include "models/transformer.h"

#include <cmath>

namespace nagare {

Transformer::Transformer(const GgufFile& file, const DescribeOptions& options, TransformerTraits traits)
    : traits_(std::move(traits)),
      options_(options),
      reader_(file, traits_.architecture, model_.graph),
      h_(reader_.hyperparameters(traits_.norm == NormKind::kRms ? "attention.layer_norm_rms_epsilon"
                                                                : "attention.layer_norm_epsilon")) {
  model_.vocabulary_size = reader_.rows_of("token_embd.weight");
  model_.context_length = h_.context;
  model_.embedding_length = h_.embedding;
  model_.layer_count = h_.layers;
  ids_ = graph().add_input(ValueKind::kTokenIds, "tokens");
  positions_ = graph().add_input(ValueKind::kPositions, "positions");
  output_rows_ = graph().add_input(ValueKind::kOutputRows, "output_rows");
  embedding_ = reader_.matrix("token_embd.weight", model_.vocabulary_size, h_.embedding);
}

ValueId Transformer::embed(float scale) {
  return graph().embed("token_embd", ids_, embedding_, scale);
}

ValueId Transformer::embed_positions() {
  const ValueId table = reader_.matrix("position_embd.weight", h_.context, h_.embedding);
  return graph().embed("position_embd", positions_, table);
}

ValueId Transformer::embed_types() {
  const int64_t types = reader_.rows_of("token_types.weight");
  const ValueId ids = graph().add_input(ValueKind::kTypeIds, "types");
  return graph().embed("token_types", ids, reader_.matrix("token_types.weight", types, h_.embedding));
}

ValueId Transformer::norm(const std::string& name, Operand x) {
  const int64_t width = graph().width_of(x);
  const bool layer_norm = traits_.norm == NormKind::kLayer;
  const ValueId weight = reader_.vector(name + ".weight", width);
  const ValueId shift = layer_norm ? reader_.vector(name + ".bias", width) : kNoValue;
  return graph().norm(name, x, weight, shift, {traits_.norm, 1, h_.epsilon});
}

ValueId Transformer::head_norm(const std::string& name, Operand x, int64_t heads) {
  const ValueId weight = reader_.vector(name + ".weight", graph().width_of(x) / heads);
  return graph().norm(name, x, weight, kNoValue, {traits_.norm, heads, h_.epsilon});
}

ValueId Transformer::bias(const std::string& name, int64_t rows, Bias policy) {
  return policy == Bias::kRequired ? reader_.vector(name + ".bias", rows)
                                   : reader_.vector_or_none(name + ".bias", rows);
}

ValueId Transformer::linear(const std::string& name, Operand x, int64_t rows) {
  const ValueId weights = reader_.matrix(name + ".weight", rows, graph().width_of(x));
  return graph().linear(name, x, weights, bias(name, rows, traits_.bias));
}

Qkv Transformer::qkv(const std::string& blk, ValueId x) {
  const int64_t q_width = h_.heads * h_.head_dim;
  const int64_t k_width = h_.kv_heads * h_.head_dim;
  const int64_t v_width = h_.kv_heads * h_.value_dim;
  const bool joint =
      reader_.has(blk + "attn_qkv.weight") || (traits_.joint_qkv && !reader_.has(blk + "attn_q.weight"));
  if (!joint) {
    return {linear(blk + "attn_q", x, q_width), linear(blk + "attn_k", x, k_width),
            linear(blk + "attn_v", x, v_width)};
  }
  const ValueId all = linear(blk + "attn_qkv", x, q_width + k_width + v_width);
  return {{all, 0, q_width}, {all, q_width, k_width}, {all, q_width + k_width, v_width}};
}

void Transformer::rotate(const std::string& blk, Qkv& qkv, RopeKind kind, ValueId table) {
  qkv.q = graph().rope(blk + "rope_q", qkv.q, table, {kind, h_.heads, h_.head_dim, h_.rope_dims});
  qkv.k = graph().rope(blk + "rope_k", qkv.k, table, {kind, h_.kv_heads, h_.head_dim, h_.rope_dims});
}

AttentionNode Transformer::attention(int32_t layer) {
  const float usual = 1.0f / std::sqrt(static_cast<float>(h_.head_dim));
  const float given = reader_.number_or("attention.scale", 0.0f, 1e6f, 0.0f);
  return {.layer = layer,
          .heads = h_.heads,
          .kv_heads = h_.kv_heads,
          .head_dim = h_.head_dim,
          .value_dim = h_.value_dim,
          .scale = given > 0 ? given : usual};
}

ValueId Transformer::attend(const std::string& blk, const Qkv& qkv, const AttentionNode& attention,
                            ValueId alibi_slopes) {
  const ValueId mixed = graph().attention(blk + "attn", qkv.q, qkv.k, qkv.v, attention, alibi_slopes);
  return linear(blk + "attn_output", mixed, h_.embedding);
}

ValueId Transformer::gated(const std::string& blk, ValueId x, ActivationKind kind) {
  const ValueId gate = linear(blk + "ffn_gate", x, h_.feed_forward);
  const ValueId up = linear(blk + "ffn_up", x, h_.feed_forward);
  return linear(blk + "ffn_down", graph().activation(blk + "ffn_act", kind, gate, up), h_.embedding);
}

ValueId Transformer::plain(const std::string& blk, ValueId x, ActivationKind kind) {
  const ValueId up = linear(blk + "ffn_up", x, h_.feed_forward);
  return linear(blk + "ffn_down", graph().activation(blk + "ffn_act", kind, up), h_.embedding);
}

ValueId Transformer::logits(ValueId x) {
  x = norm("output_norm", graph().gather_rows("output_rows", x, output_rows_));
  const bool own = !traits_.tied_head || reader_.has("output.weight");
  const ValueId head =
      own ? reader_.matrix("output.weight", model_.vocabulary_size, h_.embedding) : embedding_;
  return graph().linear("output", x, head, bias("output", model_.vocabulary_size, traits_.head_bias));
}

ValueId Transformer::embeddings(ValueId x) {
  model_.embeds = true;
  return graph().gather_rows("output_rows", x, output_rows_);
}

Result<ModelDescription> Transformer::finish(ValueId output) {
  RETURN_IF_ERROR(reader_.status());
  graph().set_output(output);
  return std::move(model_);
}

}  // namespace nagare
