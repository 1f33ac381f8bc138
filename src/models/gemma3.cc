// Gemma 3 (Gemma Team, 2025), its text part: Gemma 2 with normalised heads of Q and K instead of soft caps;
// five layers of six have a window and rotary positions of a base of their own, without the scaling of the
// others.
//
//   x = √width · embed;  x += rms(attention(rms(x)));  x += rms(down(gelu(gate(rms(x))) · up(rms(x))))
#include <cmath>

#include "models/families.h"
#include "models/transformer.h"
#include "models/windows.h"

namespace nagare {
namespace {

// The largest model divides by the width of a head as the embedding has it, not as Q has it; only its number
// of layers tells.
constexpr int64_t kLayersOf27B = 62;

}  // namespace

Result<ModelDescription> describe_gemma3(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "gemma3"});
  const Hyperparameters& h = t.h();
  const Windows windows = read_windows(t.reader(), h, 0, 6);
  const float logit_cap = t.reader().number_or("final_logit_softcapping", 0.0f, 1e6f, 0.0f);
  const float local_base = t.reader().number_or("rope.freq_base_swa", 1.0f, 1e12f, 10000.0f);
  const ValueId global = t.rotary();
  const Rotary near = unscaled_rotary(t.reader(), h, local_base);
  const ValueId local =
      t.graph().rope_table("rope_table_local", t.positions(), near.inverse_frequencies, near.magnitude);
  ValueId x = t.embed(std::sqrt(static_cast<float>(h.embedding)));
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    qkv.q = t.head_norm(blk + "attn_q_norm", qkv.q, h.heads);
    qkv.k = t.head_norm(blk + "attn_k_norm", qkv.k, h.kv_heads);
    t.rotate(blk, qkv, RopeKind::kHalves, windows.of(layer) > 0 ? local : global);
    AttentionNode attention = t.attention(layer);
    attention.window = windows.of(layer);
    if (h.layers == kLayersOf27B)
      attention.scale = 1.0f / std::sqrt(static_cast<float>(h.embedding / h.heads));
    const ValueId mixed = t.attend(blk, qkv, attention);
    x = t.add(blk + "attn_add", x, t.norm(blk + "post_attention_norm", mixed));
    const ValueId hidden = t.gated(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kGeluTanh);
    x = t.add(blk + "ffn_add", x, t.norm(blk + "post_ffw_norm", hidden));
  }
  const ValueId logits = t.logits(x);
  return t.finish(logit_cap > 0 ? t.graph().softcap("output_cap", logits, logit_cap) : logits);
}

}  // namespace nagare
