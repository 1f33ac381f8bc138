// Gemma 2 (Gemma Team, 2024): norms before and after each part, windows on every other layer, and soft caps
// on the attention's scores and on the logits.
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
constexpr int64_t kLayersOf27B = 46;

}  // namespace

Result<ModelDescription> describe_gemma2(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "gemma2"});
  const Hyperparameters& h = t.h();
  const Windows windows = read_windows(t.reader(), h, 4096, 2);
  const float score_cap = t.reader().number_or("attn_logit_softcapping", 0.0f, 1e6f, 50.0f);
  const float logit_cap = t.reader().number_or("final_logit_softcapping", 0.0f, 1e6f, 30.0f);
  const ValueId rotary = t.rotary();
  ValueId x = t.embed(std::sqrt(static_cast<float>(h.embedding)));
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    AttentionNode attention = t.attention(layer);
    attention.window = windows.of(layer);
    attention.softcap = score_cap;
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
