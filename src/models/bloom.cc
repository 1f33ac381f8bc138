// BLOOM (BigScience Workshop, 2022): no positions but ALiBi's slopes (Press et al., 2021), a norm behind the
// embedding, biases everywhere.
//
//   x = layer(embed);  x += attention(layer(x));  x += down(gelu(up(layer(x))))
#include <bit>
#include <cmath>

#include "models/families.h"
#include "models/transformer.h"

namespace nagare {
namespace {

// Geometric from 2^(-8/n) on for the greatest power of two n of heads; the heads beyond take every other
// slope of twice as many.
std::vector<double> alibi_slopes(int64_t heads) {
  const auto whole = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(heads)));
  std::vector<double> slopes;
  slopes.reserve(static_cast<size_t>(heads));
  for (int64_t head = 0; head < heads; ++head) {
    const int64_t step = head < whole ? 2 * (head + 1) : 2 * (head - whole) + 1;
    slopes.push_back(std::exp2(-4.0 * static_cast<double>(step) / static_cast<double>(whole)));
  }
  return slopes;
}

}  // namespace

Result<ModelDescription> describe_bloom(const GgufFile& file, const DescribeOptions& options) {
  Transformer t(
      file, options,
      {.architecture = "bloom", .norm = NormKind::kLayer, .bias = Bias::kRequired, .joint_qkv = true});
  const ValueId slopes = t.graph().add_computed("alibi_slopes", alibi_slopes(t.h().heads));
  ValueId x = t.norm("token_embd_norm", t.embed());
  for (int32_t layer = 0; layer < t.layers(); ++layer) {
    const std::string blk = Transformer::block(layer);
    const Qkv qkv = t.qkv(blk, t.norm(blk + "attn_norm", x));
    x = t.add(blk + "attn_add", x, t.attend(blk, qkv, t.attention(layer), slopes));
    x = t.add(blk + "ffn_add", x, t.plain(blk, t.norm(blk + "ffn_norm", x), ActivationKind::kGeluTanh));
  }
  return t.finish(t.logits(x));
}

}  // namespace nagare
