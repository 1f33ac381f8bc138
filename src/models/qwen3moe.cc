// Qwen3 with experts (Yang et al., 2025): Qwen3, where every token goes through a few of many small
// feed-forward parts.
//
//   x += attention(rms(x));  x += Σ weightₑ · downₑ(silu(gateₑ(rms(x))) · upₑ(rms(x)))
#include "models/experts.h"
#include "models/families.h"

namespace nagare {

Result<ModelDescription> describe_qwen3moe(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "qwen3moe"});
  const ExpertNumbers experts = require_experts(t.reader(), t.h().feed_forward, true);
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    qkv.q = t.head_norm(blk + "attn_q_norm", qkv.q, t.h().heads);
    qkv.k = t.head_norm(blk + "attn_k_norm", qkv.k, t.h().kv_heads);
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, mixture(t, blk, t.norm(blk + "ffn_norm", x), experts));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
