// Phi-1, Phi-1.5 and Phi-2 (Li et al., 2023): attention and feed-forward part side by side on the same
// normalised input; part of each head is rotated; biases everywhere, the output matrix included.
//
//   y = layer(x);  x += attention(y) + down(gelu(up(y)))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_phi2(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options,
                {.architecture = "phi2",
                 .norm = NormKind::kLayer,
                 .bias = Bias::kRequired,
                 .tied_head = false,
                 .head_bias = Bias::kRequired});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    const ValueId y = t.norm(blk + "attn_norm", x);
    Qkv qkv = t.qkv(blk, y);
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, t.plain(blk, y, ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
