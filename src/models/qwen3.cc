// Qwen3 (Yang et al., 2025): a llama whose heads of Q and K are normalised before they are rotated.
//
//   x += attention(rms(x));  x += down(silu(gate(rms(x))) · up(rms(x)))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_qwen3(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "qwen3"});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    qkv.q = t.head_norm(blk + "attn_q_norm", qkv.q, t.h().heads);
    qkv.k = t.head_norm(blk + "attn_k_norm", qkv.k, t.h().kv_heads);
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, t.gated(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kSilu));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
