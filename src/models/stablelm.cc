// StableLM (Bellagente et al., 2024): layer norms around a gated feed-forward part, part of each head
// rotated. StableLM 2 12B normalises each head of Q and K with weights of its own, has no second norm, and
// runs attention and feed-forward part side by side.
//
//   x += attention(layer(x));  x += down(silu(gate(layer(x))) · up(layer(x)))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {
namespace {

// A layer norm per head; the weights are one matrix [heads, head size].
Operand norm_heads(Transformer& t, const std::string& name, Operand x, int64_t heads) {
  if (!t.reader().has(name + ".weight")) return x;
  const ValueId weights = t.reader().matrix(name + ".weight", heads, t.h().head_dim);
  const ValueId normed =
      t.graph().norm(name, x, kNoValue, kNoValue, {NormKind::kLayer, heads, t.h().epsilon});
  return t.graph().multiply_by_row(name + "_scale", normed, weights);
}

}  // namespace

Result<ModelDescription> describe_stablelm(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "stablelm", .norm = NormKind::kLayer, .tied_head = false});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    const ValueId y = t.norm(blk + "attn_norm", x);
    Qkv qkv = t.qkv(blk, y);
    qkv.q = norm_heads(t, blk + "attn_q_norm", qkv.q, t.h().heads);
    qkv.k = norm_heads(t, blk + "attn_k_norm", qkv.k, t.h().kv_heads);
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    const bool second_norm = t.reader().has(blk + "ffn_norm.weight");
    const ValueId normed = second_norm ? t.norm(blk + "ffn_norm", x) : y;
    x = t.add(blk + "ffn_add", x, t.gated(blk, normed, ActivationKind::kSilu));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
