// OLMo 2 (OLMo Team, 2024) and OLMo 3: norms behind each part instead of before it, Q and K normalised over
// their whole width. OLMo 3 has windows on three layers of four; those are rotated without scaling.
//
//   x += rms(attention(x));  x += rms(down(silu(gate(x)) · up(x)))
#include "models/families.h"
#include "models/transformer.h"
#include "models/windows.h"

namespace nagare {

Result<ModelDescription> describe_olmo2(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "olmo2", .tied_head = false});
  const Windows windows = read_windows(t.reader(), t.h(), 0, 4);
  const ValueId global = t.rotary();
  const Rotary near = unscaled_rotary(t.reader(), t.h(), t.h().rope_base);
  const ValueId local =
      t.graph().rope_table("rope_table_local", t.positions(), near.inverse_frequencies, near.magnitude);
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, x);
    qkv.q = t.norm(blk + "attn_q_norm", qkv.q);
    qkv.k = t.norm(blk + "attn_k_norm", qkv.k);
    t.rotate(blk, qkv, RopeKind::kHalves, windows.of(layer) > 0 ? local : global);
    AttentionNode attention = t.attention(layer);
    attention.window = windows.of(layer);
    const ValueId mixed = t.attend(blk, qkv, attention);
    x = t.add(blk + "attn_add", x, t.norm(blk + "post_attention_norm", mixed));
    const ValueId hidden = t.gated(blk, x, ActivationKind::kSilu);
    x = t.add(blk + "ffn_add", x, t.norm(blk + "post_ffw_norm", hidden));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
