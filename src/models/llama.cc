// The llama family (Touvron et al., 2023; also Mistral, TinyLlama, SmolLM and many others), with experts in
// place of the feed-forward part where the file has them (Mixtral; Jiang et al., 2024).
//
//   x += attention(rms(x));  x += down(silu(gate(rms(x))) · up(rms(x)))
#include "models/experts.h"
#include "models/families.h"
#include "models/windows.h"

namespace nagare {

Result<ModelDescription> describe_llama(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "llama"});
  const Windows windows = read_windows(t.reader(), t.h(), 0, 0);
  const ExpertNumbers experts = read_experts(t.reader(), t.h().feed_forward, true);
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kInterleaved, rotary);
    AttentionNode attention = t.attention(layer);
    attention.window = windows.of(layer);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, attention));
    const ValueId normed = t.norm(blk + "ffn_norm", x);
    x = t.add(
        blk + "ffn_add", x,
        experts.count > 0 ? mixture(t, blk, normed, experts) : t.gated(blk, normed, ActivationKind::kSilu));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
