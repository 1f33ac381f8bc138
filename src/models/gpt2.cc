// GPT-2 (Radford et al., 2019): learned positions, layer norms, biases everywhere, GELU in its tanh form.
//
//   x = embed + position;  x += attention(layer(x));  x += down(gelu(up(layer(x))))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_gpt2(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(
      file, options,
      {.architecture = "gpt2", .norm = NormKind::kLayer, .bias = Bias::kRequired, .joint_qkv = true});
  ValueId x = t.add("embed_add", t.embed(), t.embed_positions());
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    const Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, t.plain(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
