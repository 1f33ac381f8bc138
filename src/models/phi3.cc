// Phi-3, Phi-3.5 and Phi-4 (Abdin et al., 2024): a llama with Q, K and V in one tensor and gate and up in one
// (gate first), a window on all layers where the file says so, and LongRoPE.
//
//   x += attention(rms(x));  x += down(silu(gate(rms(x))) · up(rms(x)))
#include "models/families.h"
#include "models/transformer.h"
#include "models/windows.h"

namespace nagare {
namespace {

ValueId feed_forward(Transformer& t, const std::string& blk, ValueId x) {
  const int64_t width = t.h().feed_forward;
  const ValueId both = t.linear(blk + "ffn_up", x, 2 * width);
  const ValueId hidden =
      t.graph().activation(blk + "ffn_act", ActivationKind::kSilu, {both, 0, width}, {both, width, width});
  return t.linear(blk + "ffn_down", hidden, t.h().embedding);
}

}  // namespace

Result<ModelDescription> describe_phi3(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "phi3", .joint_qkv = true});
  const Windows windows = read_windows(t.reader(), t.h(), 0, 0);
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    AttentionNode attention = t.attention(layer);
    attention.window = windows.of(layer);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, attention));
    x = t.add(blk + "ffn_add", x, feed_forward(t, blk, t.norm(blk + "ffn_norm", x)));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
