// Qwen1.5 and Qwen2 with experts (Qwen Team, 2024): Qwen2, where every token goes through a few of many small
// feed-forward parts, whose weights do not add up to 1, and through one that all share.
//
//   x += attention(rms(x));  y = rms(x)
//   x += Σ weightₑ · downₑ(silu(gateₑ(y)) · upₑ(y)) + sigmoid(s·y) · down(silu(gate(y)) · up(y))
#include "models/experts.h"
#include "models/families.h"

namespace nagare {

Result<ModelDescription> describe_qwen2moe(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "qwen2moe", .tied_head = false});
  const ExpertNumbers experts = require_experts(t.reader(), t.h().feed_forward, false);
  const int64_t shared =
      t.reader().integer_or("expert_shared_feed_forward_length", 1, 1 << 20, t.h().feed_forward);
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    const ValueId y = t.norm(blk + "ffn_norm", x);
    x = t.add(blk + "ffn_moe_add", x, mixture(t, blk, y, experts));
    x = t.add(blk + "ffn_add", x, shared_expert(t, blk, y, shared));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
