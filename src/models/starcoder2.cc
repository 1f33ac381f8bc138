// StarCoder2 (Lozhkov et al., 2024): layer norms, biases everywhere, rotary positions, GELU.
//
//   x += attention(layer(x));  x += down(gelu(up(layer(x))))
#include "models/families.h"
#include "models/transformer.h"
#include "models/windows.h"

namespace nagare {

Result<ModelDescription> describe_starcoder2(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(file, options,
                {.architecture = "starcoder2", .norm = NormKind::kLayer, .bias = Bias::kRequired});
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
    x = t.add(blk + "ffn_add", x, t.plain(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
