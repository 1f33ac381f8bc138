// GPT-2 (Radford et al., 2019): learned positions, layer norms, biases everywhere, GELU in its tanh form.
//
//   x += attention(layer(x));  x += down(gelu(up(layer(x))))
#include <cmath>

#include "models/families.h"

namespace nagare {
namespace {

struct Layers {
  ModelReader& r;
  const Hyperparameters& h;

  ValueId norm(const std::string& name, ValueId x) {
    return r.graph().norm(name, x, r.vector(name + ".weight", h.embedding),
                          r.vector(name + ".bias", h.embedding), {NormKind::kLayer, 1, h.epsilon});
  }

  ValueId projection(const std::string& name, ValueId x, int64_t rows, int64_t columns) {
    return r.graph().linear(name, x, r.matrix(name + ".weight", rows, columns),
                            r.vector(name + ".bias", rows));
  }

  ValueId attention(const std::string& blk, int32_t layer, ValueId x) {
    const int64_t width = h.embedding;
    const ValueId qkv = projection(blk + "attn_qkv", x, 3 * width, width);
    const ValueId mixed =
        r.graph().attention(blk + "attn", {qkv, 0, width}, {qkv, width, width}, {qkv, 2 * width, width},
                            {.layer = layer,
                             .heads = h.heads,
                             .kv_heads = h.heads,
                             .head_dim = h.head_dim,
                             .value_dim = h.head_dim,
                             .scale = 1.0f / std::sqrt(static_cast<float>(h.head_dim))});
    return projection(blk + "attn_output", mixed, width, width);
  }

  ValueId feed_forward(const std::string& blk, ValueId x) {
    const ValueId up = projection(blk + "ffn_up", x, h.feed_forward, h.embedding);
    const ValueId hidden = r.graph().activation(blk + "ffn_act", ActivationKind::kGeluTanh, up);
    return projection(blk + "ffn_down", hidden, h.embedding, h.feed_forward);
  }
};

}  // namespace

Result<ModelDescription> describe_gpt2(const GgufFile& file) {
  ModelDescription model;
  Graph& g = model.graph;
  ModelReader r(file, "gpt2", g);
  const Hyperparameters h = r.hyperparameters("attention.layer_norm_epsilon");
  RETURN_IF_ERROR(r.status());
  model.vocabulary_size = r.rows_of("token_embd.weight");
  const ValueId ids = g.add_input(ValueKind::kTokenIds, "tokens");
  const ValueId positions = g.add_input(ValueKind::kPositions, "positions");
  const ValueId output_rows = g.add_input(ValueKind::kOutputRows, "output_rows");

  const ValueId table = r.matrix("token_embd.weight", model.vocabulary_size, h.embedding);
  const ValueId position_table = r.matrix("position_embd.weight", h.context, h.embedding);
  Layers layers{r, h};
  ValueId x = g.add("embed_add", g.embed("token_embd", ids, table),
                    g.embed("position_embd", positions, position_table));
  for (int32_t layer = 0; layer < h.layers; ++layer) {
    const std::string blk = fmt::format("blk.{}.", layer);
    x = g.add(blk + "attn_add", x, layers.attention(blk, layer, layers.norm(blk + "attn_norm", x)));
    x = g.add(blk + "ffn_add", x, layers.feed_forward(blk, layers.norm(blk + "ffn_norm", x)));
    RETURN_IF_ERROR(r.status());
  }
  x = layers.norm("output_norm", g.gather_rows("output_rows", x, output_rows));
  const ValueId head = r.matrix_or_none("output.weight", model.vocabulary_size, h.embedding);
  g.set_output(g.linear("output", x, head == kNoValue ? table : head));
  model.context_length = h.context;
  model.embedding_length = h.embedding;
  model.layer_count = h.layers;
  RETURN_IF_ERROR(r.status());
  return model;
}

}  // namespace nagare
