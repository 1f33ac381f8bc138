// The llama family (Touvron et al., 2023; also Mistral, TinyLlama, SmolLM and many others) and qwen2 (Yang et
// al., 2024), which is a llama with biases on Q, K and V and the other pairing of rotated elements.
//
//   x += attention(rms(x));  x += down(silu(gate(rms(x))) · up(rms(x)))
#include <cmath>

#include "models/families.h"
#include "models/rotary.h"

namespace nagare {
namespace {

struct Layers {
  ModelReader& r;
  const Hyperparameters& h;
  RopeKind rope_kind;
  ValueId rope_table;

  ValueId norm(const std::string& name, ValueId x) {
    return r.graph().norm(name, x, r.vector(name + ".weight", h.embedding), kNoValue,
                          {NormKind::kRms, 1, h.epsilon});
  }

  ValueId projection(const std::string& name, ValueId x, int64_t rows, int64_t columns) {
    return r.graph().linear(name, x, r.matrix(name + ".weight", rows, columns),
                            r.vector_or_none(name + ".bias", rows));
  }

  ValueId attention(const std::string& blk, int32_t layer, ValueId x) {
    Graph& g = r.graph();
    ValueId q = projection(blk + "attn_q", x, h.heads * h.head_dim, h.embedding);
    ValueId k = projection(blk + "attn_k", x, h.kv_heads * h.head_dim, h.embedding);
    const ValueId v = projection(blk + "attn_v", x, h.kv_heads * h.value_dim, h.embedding);
    q = g.rope(blk + "rope_q", q, rope_table, {rope_kind, h.heads, h.head_dim, h.rope_dims});
    k = g.rope(blk + "rope_k", k, rope_table, {rope_kind, h.kv_heads, h.head_dim, h.rope_dims});
    const ValueId mixed = g.attention(blk + "attn", q, k, v,
                                      {.layer = layer,
                                       .heads = h.heads,
                                       .kv_heads = h.kv_heads,
                                       .head_dim = h.head_dim,
                                       .value_dim = h.value_dim,
                                       .scale = 1.0f / std::sqrt(static_cast<float>(h.head_dim))});
    return projection(blk + "attn_output", mixed, h.embedding, h.heads * h.value_dim);
  }

  ValueId feed_forward(const std::string& blk, ValueId x) {
    Graph& g = r.graph();
    const ValueId gate = projection(blk + "ffn_gate", x, h.feed_forward, h.embedding);
    const ValueId up = projection(blk + "ffn_up", x, h.feed_forward, h.embedding);
    const ValueId hidden = g.activation(blk + "ffn_act", ActivationKind::kSilu, gate, up);
    return projection(blk + "ffn_down", hidden, h.embedding, h.feed_forward);
  }
};

Result<ModelDescription> describe(const GgufFile& file, const std::string& architecture, RopeKind rope_kind) {
  ModelDescription model;
  Graph& g = model.graph;
  ModelReader r(file, architecture, g);
  const Hyperparameters h = r.hyperparameters("attention.layer_norm_rms_epsilon");
  RETURN_IF_ERROR(r.status());
  model.vocabulary_size = r.rows_of("token_embd.weight");
  const ValueId ids = g.add_input(ValueKind::kTokenIds, "tokens");
  const ValueId positions = g.add_input(ValueKind::kPositions, "positions");
  const ValueId output_rows = g.add_input(ValueKind::kOutputRows, "output_rows");

  const ValueId table = r.matrix("token_embd.weight", model.vocabulary_size, h.embedding);
  const Rotary rotary = read_rotary(r, h);
  Layers layers{r, h, rope_kind,
                g.rope_table("rope_table", positions, rotary.inverse_frequencies, rotary.magnitude)};
  ValueId x = g.embed("token_embd", ids, table);
  for (int32_t layer = 0; layer < h.layers; ++layer) {
    const std::string blk = fmt::format("blk.{}.", layer);
    x = g.add(blk + "attn_add", x, layers.attention(blk, layer, layers.norm(blk + "attn_norm", x)));
    x = g.add(blk + "ffn_add", x, layers.feed_forward(blk, layers.norm(blk + "ffn_norm", x)));
    RETURN_IF_ERROR(r.status());
  }
  x = g.gather_rows("output_rows", x, output_rows);
  x = layers.norm("output_norm", x);
  const ValueId head = r.matrix_or_none("output.weight", model.vocabulary_size, h.embedding);
  g.set_output(g.linear("output", x, head == kNoValue ? table : head));
  model.context_length = h.context;
  model.embedding_length = h.embedding;
  model.layer_count = h.layers;
  RETURN_IF_ERROR(r.status());
  return model;
}

}  // namespace

Result<ModelDescription> describe_llama(const GgufFile& file) {
  return describe(file, "llama", RopeKind::kInterleaved);
}
Result<ModelDescription> describe_qwen2(const GgufFile& file) {
  return describe(file, "qwen2", RopeKind::kHalves);
}

}  // namespace nagare
