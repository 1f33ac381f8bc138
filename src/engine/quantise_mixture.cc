#include "engine/quantise_mixture.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <numeric>
#include <string>

#include "base/printable.h"

namespace nagare {
namespace {

constexpr std::array kTargets{
    QuantiseTarget{"BF16", DType::kBF16, false, 32},  QuantiseTarget{"F16", DType::kF16, false, 1},
    QuantiseTarget{"Q8_0", DType::kQ8_0, false, 7},   QuantiseTarget{"Q6_K", DType::kQ6_K, false, 18},
    QuantiseTarget{"Q5_K_M", DType::kQ5_K, true, 17}, QuantiseTarget{"Q4_K_M", DType::kQ4_K, true, 15},
    QuantiseTarget{"Q4_0", DType::kQ4_0, false, 2},
};

// Weights that are small or delicate and stay as they are, by a part of their name.
constexpr std::string_view kKept[] = {"_norm.weight",
                                      "ffn_gate_inp.weight",
                                      "ffn_gate_tid2eid.weight",
                                      "altup",
                                      "laurel",
                                      "per_layer_model_proj",
                                      "ssm_conv1d",
                                      "shortconv.conv.weight",
                                      "indexer.k_proj.weight",
                                      "indexer.q_proj.weight",
                                      "time_mix_first.weight",
                                      "time_mix_w0.weight",
                                      "time_mix_w1.weight",
                                      "time_mix_w2.weight",
                                      "time_mix_v0.weight",
                                      "time_mix_v1.weight",
                                      "time_mix_v2.weight",
                                      "time_mix_a0.weight",
                                      "time_mix_a1.weight",
                                      "time_mix_a2.weight",
                                      "time_mix_g1.weight",
                                      "time_mix_g2.weight",
                                      "time_mix_decay_w1.weight",
                                      "time_mix_decay_w2.weight",
                                      "time_mix_lerp_fused.weight",
                                      "attn_rel_b.weight",
                                      ".position_embd",
                                      "sam.pos_embd",
                                      "sam.neck.",
                                      "sam.net_",
                                      ".rel_pos",
                                      ".patch_embd",
                                      ".patch_merger",
                                      "a.rvq.codebook",
                                      "mm.a.code_embd"};

bool is_matrix_of_weights(const GgufTensor& tensor) {
  const Shape& shape = tensor.view.shape;
  // Dimensions in front that are 1 do not count: [1, n] is a vector.
  int rank = shape.rank;
  while (rank > 1 && shape[shape.rank - rank] == 1) --rank;
  if (rank < 2 || !tensor.name.ends_with("weight")) return false;
  if (tensor.name == "position_embd.weight" || tensor.name == "token_types.weight") return false;
  return std::none_of(std::begin(kKept), std::end(kKept),
                      [&](std::string_view part) { return tensor.name.contains(part); });
}

// What a matrix is for, as far as its type depends on it.
enum class Role : uint8_t {
  kOutput,
  kTokenEmbedding,
  kValue,
  kKey,
  kAttentionOutput,
  kFeedForwardDown,
  kOther
};

Role role_of(std::string_view name) {
  if (name == "output.weight") return Role::kOutput;
  if (name == "token_embd.weight" || name == "per_layer_token_embd.weight") return Role::kTokenEmbedding;
  for (const std::string_view part : {"attn_qkv.weight", "attn_kv_b.weight", "attn_v.weight"}) {
    if (name.contains(part)) return Role::kValue;
  }
  if (name.contains("attn_k.weight")) return Role::kKey;
  if (name.contains("attn_output.weight")) return Role::kAttentionOutput;
  if (name.contains("ffn_down")) return Role::kFeedForwardDown;
  return Role::kOther;
}

// The number in "blk.12.", or -1.
int64_t layer_of(std::string_view name) {
  int64_t layer = -1;
  if (name.starts_with("blk.")) std::from_chars(name.data() + 4, name.data() + name.size(), layer);
  return layer;
}

// The first and the last eighth of the layers, and every third between: where errors cost most.
bool wants_more_bits(int64_t index, int64_t count) {
  return index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;
}

// The next type with a smaller block where a row is no multiple of `dtype`'s.
DType fitting(DType dtype, int64_t row_elements) {
  const auto fits = [row_elements](DType t) { return row_elements % traits(t).block_elements == 0; };
  if (fits(dtype)) return dtype;
  DType smaller = DType::kF16;
  if (dtype == DType::kQ4_K) smaller = DType::kQ5_0;
  if (dtype == DType::kQ5_K) smaller = DType::kQ5_1;
  if (dtype == DType::kQ6_K) smaller = DType::kQ8_0;
  return fits(smaller) ? smaller : DType::kF16;
}

// Gives out types in the order of the layers, because some depend on how many of their kind came before.
class Mixture {
 public:
  static Result<Mixture> create(const GgufFile& file, const QuantiseTarget& target) {
    Mixture mixture(target);
    ASSIGN_OR_RETURN(const std::string_view architecture, file.string_or("general.architecture", ""));
    const std::string prefix(architecture);
    ASSIGN_OR_RETURN(mixture.layers_, file.u32_or(prefix + ".block_count", 0));
    ASSIGN_OR_RETURN(mixture.experts_, file.u32_or(prefix + ".expert_count", 0));
    mixture.is_falcon_ = architecture == "falcon";
    mixture.is_70b_ = mixture.layers_ == 80 && has_wide_values(file, architecture);
    for (const GgufTensor& tensor : file.tensors()) {
      const Role role = role_of(tensor.name);
      if (role == Role::kOutput) mixture.is_tied_ = false;
      if (role == Role::kValue) ++mixture.value_count_;
    }
    return mixture;
  }

  DType next(const GgufTensor& tensor) {
    const int64_t columns = tensor.view.shape.row_elements();
    return fitting(for_role(role_of(tensor.name), tensor.name, columns), columns);
  }

 private:
  explicit Mixture(const QuantiseTarget& target) : target_(target) {}

  // The 70B models, whose attn_v is small beside the rest.
  static bool has_wide_values(const GgufFile& file, std::string_view architecture) {
    if (architecture == "qwen2" || architecture == "deci" || architecture == "olmo") return true;
    if (architecture != "llama") return false;
    const auto heads = file.u32_or("llama.attention.head_count", 0);
    const auto kv_heads = file.u32_or("llama.attention.head_count_kv", heads.value_or(0));
    return heads.value_or(0) != kv_heads.value_or(0);
  }

  DType for_role(Role role, std::string_view name, int64_t columns) {
    switch (role) {
      case Role::kOutput:
        return for_output(columns);
      case Role::kTokenEmbedding:
        return is_tied_ ? for_output(columns) : target_.dtype;
      case Role::kValue:
        return for_value();
      case Role::kKey:
        return experts_ == 8 ? DType::kQ8_0 : target_.dtype;
      case Role::kAttentionOutput:
        return experts_ == 8 && !is_falcon_ && target_.dtype == DType::kQ4_K ? DType::kQ5_K : target_.dtype;
      case Role::kFeedForwardDown:
        return for_feed_forward_down(name);
      case Role::kOther:
        break;
    }
    return target_.dtype;
  }

  DType for_output(int64_t columns) const {
    if (is_falcon_ || columns % traits(target_.dtype).block_elements != 0) return DType::kQ8_0;
    return target_.dtype == DType::kQ8_0 ? DType::kQ8_0 : DType::kQ6_K;
  }

  DType for_value() {
    const int64_t index = value_index_++;
    if (experts_ == 8) return DType::kQ8_0;
    if (target_.is_mixture && wants_more_bits(index, value_count_)) return DType::kQ6_K;
    return is_70b_ && target_.dtype == DType::kQ4_K ? DType::kQ5_K : target_.dtype;
  }

  DType for_feed_forward_down(std::string_view name) {
    const int64_t counted = down_index_++;
    if (!target_.is_mixture) return target_.dtype;
    // With experts a layer has several.
    const int64_t layer = experts_ > 1 ? layer_of(name) : counted;
    const int64_t layers = layers_;
    const bool more = wants_more_bits(layer, layers);
    if (is_falcon_ && target_.dtype == DType::kQ4_K) {
      if (layer < layers / 16) return DType::kQ6_K;
      return more ? DType::kQ5_K : DType::kQ4_K;
    }
    return more ? DType::kQ6_K : target_.dtype;
  }

  QuantiseTarget target_;
  uint32_t layers_ = 0;
  uint32_t experts_ = 0;
  bool is_falcon_ = false;
  bool is_70b_ = false;
  bool is_tied_ = true;  // the output matrix is the token embedding
  int64_t value_count_ = 0;
  int64_t value_index_ = 0;
  int64_t down_index_ = 0;
};

}  // namespace

std::span<const QuantiseTarget> quantise_targets() {
  return kTargets;
}

Result<QuantiseTarget> parse_quantise_target(std::string_view name) {
  std::string upper(name);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::vector<std::string_view> names;
  names.reserve(kTargets.size());
  for (const QuantiseTarget& target : kTargets) {
    if (target.name == upper) return target;
    names.push_back(target.name);
  }
  return bad_input("'{}' is no type to quantise to; there are {}", printable(name), fmt::join(names, ", "));
}

Result<std::vector<DType>> quantised_types(const GgufFile& file, const QuantiseTarget& target) {
  const std::span<const GgufTensor> tensors = file.tensors();
  std::vector<DType> types;
  types.reserve(tensors.size());
  for (const GgufTensor& tensor : tensors) types.push_back(tensor.view.dtype);
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const int64_t layer_a = layer_of(tensors[a].name), layer_b = layer_of(tensors[b].name);
    return layer_a != layer_b ? layer_a < layer_b : tensors[a].name < tensors[b].name;
  });
  ASSIGN_OR_RETURN(Mixture mixture, Mixture::create(file, target));
  for (const size_t i : order) {
    if (!is_matrix_of_weights(tensors[i])) continue;
    types[i] = is_quantised(target.dtype) ? mixture.next(tensors[i]) : target.dtype;
  }
  return types;
}

}  // namespace nagare
