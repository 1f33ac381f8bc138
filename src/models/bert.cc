// BERT (Devlin et al., 2019) and its kin (MiniLM, BGE, E5): an encoder. Tokens see each other both ways,
// norms stand behind each part, positions and kinds of sentence are learned. It gives a vector per token.
//
//   x = layer(embed + type + position);  x = layer(x + attention(x));  x = layer(x + down(gelu(up(x))))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_bert(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "bert", .norm = NormKind::kLayer, .bias = Bias::kRequired});
  ValueId x = t.add("embed_add", t.add("type_add", t.embed(), t.embed_types()), t.embed_positions());
  x = t.norm("token_embd_norm", x);
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    AttentionNode attention = t.attention(layer);
    attention.causal = false;
    const ValueId mixed = t.attend(blk, t.qkv(blk, x), attention);
    x = t.norm(blk + "attn_output_norm", t.add(blk + "attn_add", x, mixed));
    const ValueId hidden = t.plain(blk, x, ActivationKind::kGeluTanh);
    x = t.norm(blk + "layer_output_norm", t.add(blk + "ffn_add", x, hidden));
  }
  return t.finish(t.embeddings(x));
}

}  // namespace nagare
