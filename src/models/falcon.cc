// Falcon (Almazrouei et al., 2023): attention and feed-forward part side by side, no biases but the norms'.
// The small model has one norm for both, the large one a second norm for the attention.
//
//   y = layer(x);  x += attention(y) + down(gelu(up(y)))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_falcon(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "falcon", .norm = NormKind::kLayer, .joint_qkv = true});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    const ValueId y = t.norm(blk + "attn_norm", x);
    const bool second_norm = t.reader().has(blk + "attn_norm_2.weight");
    Qkv qkv = t.qkv(blk, second_norm ? t.norm(blk + "attn_norm_2", x) : y);
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, t.plain(blk, y, ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
