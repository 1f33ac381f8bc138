// Qwen2 and Qwen2.5 (Yang et al., 2024): a llama with biases on Q, K and V and the other pairing of rotated
// elements.
//
//   x += attention(rms(x));  x += down(silu(gate(rms(x))) · up(rms(x)))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_qwen2(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "qwen2"});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, t.gated(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kSilu));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
