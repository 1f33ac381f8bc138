// Gemma (Gemma Team, 2024): embeddings scaled by √width, GELU in the gate, the embedding as output matrix.
// (The 1 that its norms add to their weights is already in the file.)
//
//   x = √width · embed;  x += attention(rms(x));  x += down(gelu(gate(rms(x))) · up(rms(x)))
#include <cmath>

#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_gemma(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options, {.architecture = "gemma"});
  const ValueId rotary = t.rotary();
  ValueId x = t.embed(std::sqrt(static_cast<float>(t.h().embedding)));
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    x = t.add(blk + "ffn_add", x, t.gated(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
