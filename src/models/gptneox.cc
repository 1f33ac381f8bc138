// GPT-NeoX (Black et al., 2022) and Pythia: layer norms, biases everywhere, part of each head rotated;
// attention and feed-forward part side by side, or one after the other where `use_parallel_residual` is
// false.
//
//   x += attention(layer₁(x)) + down(gelu(up(layer₂(x))))
#include "models/families.h"
#include "models/transformer.h"

namespace nagare {

Result<ModelDescription> describe_gptneox(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options,
                {.architecture = "gptneox",
                 .norm = NormKind::kLayer,
                 .bias = Bias::kRequired,
                 .joint_qkv = true,
                 .tied_head = false});
  const bool parallel = t.reader().flag_or("use_parallel_residual", true);
  const ValueId rotary = t.rotary();
  ValueId x = t.embed();
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    t.rotate(blk, qkv, RopeKind::kHalves, rotary);
    const ValueId attended = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer)));
    const ValueId normed = t.norm(blk + "ffn_norm", parallel ? x : attended);
    x = t.add(blk + "ffn_add", attended, t.plain(blk, normed, ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
