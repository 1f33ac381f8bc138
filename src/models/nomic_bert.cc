// Nomic BERT (Nussbaum et al., 2024): a BERT with rotary positions, a gated feed-forward part and no biases.
//
//   x = layer(embed + type);  x = layer(x + attention(x));  x = layer(x + down(silu(gate(x)) · up(x)))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_nomic_bert(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "nomic-bert", .norm = NormKind::kLayer, .joint_qkv = true});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  if (t.reader().has("token_types.weight")) x = t.add("type_add", x, t.embed_types());
  x = t.norm("token_embd_norm", x);
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, x);
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    AttentionNode attention = t.attention(layer);
    attention.causal = false;
    x = t.norm(blk + "attn_output_norm", t.add(blk + "attn_add", x, t.attend(blk, qkv, attention)));
    const ValueId hidden = t.gated(blk, x, ActivationKind::kSilu);
    x = t.norm(blk + "layer_output_norm", t.add(blk + "ffn_add", x, hidden));
  }
  return t.finish(t.embeddings(x));
}

}  // namespace nagare
