// Which type each tensor gets. The expected ones are what llama.cpp's llama-quantize --dry-run lists for
// models of these shapes.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "engine/quantise_mixture.h"
#include "formats/gguf/gguf_writer.h"

namespace nagare {
namespace {

struct Model {
  std::string architecture = "llama";
  uint32_t layers = 22;
  uint32_t kv_heads = 4;  // of 4 heads
  uint32_t experts = 0;
  int64_t width = 256;
  bool is_tied = false;
  bool joins_qkv = false;
};

class Shapes {
 public:
  explicit Shapes(const Model& model) {
    builder_.add_string("general.architecture", model.architecture);
    builder_.add_u32(model.architecture + ".block_count", model.layers);
    builder_.add_u32(model.architecture + ".attention.head_count", 4);
    builder_.add_u32(model.architecture + ".attention.head_count_kv", model.kv_heads);
    if (model.experts > 0) builder_.add_u32(model.architecture + ".expert_count", model.experts);
    add("token_embd.weight", Shape(2, model.width));
    add("output_norm.weight", Shape(model.width));
    if (!model.is_tied) add("output.weight", Shape(2, model.width));
    for (uint32_t layer = 0; layer < model.layers; ++layer) add_layer(model, fmt::format("blk.{}.", layer));
    bytes_ = gguf_in_memory(builder_, data_);
  }

  // Name to type, by the target's name.
  std::map<std::string, DType> types(std::string_view target) const {
    const auto file = GgufFile::parse(bytes_);
    EXPECT_TRUE(file) << file.error().message;
    const auto parsed = parse_quantise_target(target);
    EXPECT_TRUE(parsed) << parsed.error().message;
    const auto types = quantised_types(*file, *parsed);
    EXPECT_TRUE(types) << types.error().message;
    std::map<std::string, DType> named;
    for (size_t i = 0; i < types->size(); ++i) named[std::string(file->tensors()[i].name)] = (*types)[i];
    return named;
  }

 private:
  void add(const std::string& name, const Shape& shape) {
    builder_.add_tensor(name, DType::kF32, shape);
    data_.emplace_back(static_cast<size_t>(4 * shape.elements()));
  }

  void add_layer(const Model& model, const std::string& prefix) {
    const Shape matrix(2, model.width);
    add(prefix + "attn_norm.weight", Shape(model.width));
    if (model.joins_qkv) {
      add(prefix + "attn_qkv.weight", matrix);
    } else {
      for (const char* part : {"q", "k", "v"}) add(prefix + fmt::format("attn_{}.weight", part), matrix);
    }
    add(prefix + "attn_output.weight", matrix);
    if (model.experts > 0) add(prefix + "ffn_gate_inp.weight", matrix);
    const char* suffix = model.experts > 0 ? "_exps" : "";
    for (const char* part : {"up", "gate", "down"})
      add(prefix + fmt::format("ffn_{}{}.weight", part, suffix), matrix);
  }

  GgufBuilder builder_;
  std::vector<std::vector<std::byte>> data_;
  std::vector<std::byte> bytes_;
};

// The layers in which the tensor with this suffix has the type.
std::set<int> layers_with(const std::map<std::string, DType>& types, std::string_view suffix, DType dtype) {
  std::set<int> layers;
  for (const auto& [name, type] : types) {
    if (name.ends_with(suffix) && type == dtype) layers.insert(std::stoi(name.substr(4)));
  }
  return layers;
}

const std::set<int> kMoreBitsOf22{0, 1, 4, 7, 10, 13, 16, 19, 20, 21};

TEST(QuantiseMixture, SensitiveLayersGetMoreBits) {
  const Shapes llama{Model{}};
  for (const auto& [target, most] : {std::pair{"Q4_K_M", DType::kQ4_K}, {"Q5_K_M", DType::kQ5_K}}) {
    const auto types = llama.types(target);
    EXPECT_EQ(layers_with(types, "attn_v.weight", DType::kQ6_K), kMoreBitsOf22) << target;
    EXPECT_EQ(layers_with(types, "ffn_down.weight", DType::kQ6_K), kMoreBitsOf22) << target;
    EXPECT_EQ(layers_with(types, "attn_v.weight", most).size(), 12u);
    for (const char* suffix : {"attn_q.weight", "attn_k.weight", "attn_output.weight", "ffn_up.weight"})
      EXPECT_EQ(layers_with(types, suffix, most).size(), 22u) << target << " " << suffix;
    EXPECT_EQ(types.at("output.weight"), DType::kQ6_K);
    EXPECT_EQ(types.at("token_embd.weight"), most);
    EXPECT_EQ(types.at("output_norm.weight"), DType::kF32);
    EXPECT_EQ(types.at("blk.3.attn_norm.weight"), DType::kF32);
  }
}

TEST(QuantiseMixture, PlainTypesTakeAllMatrices) {
  const Shapes llama{Model{}};
  for (const auto& [target, dtype, output] : {std::tuple{"F16", DType::kF16, DType::kF16},
                                              {"BF16", DType::kBF16, DType::kBF16},
                                              {"Q8_0", DType::kQ8_0, DType::kQ8_0},
                                              {"Q6_K", DType::kQ6_K, DType::kQ6_K},
                                              {"Q4_0", DType::kQ4_0, DType::kQ6_K}}) {
    const auto types = llama.types(target);
    EXPECT_EQ(types.at("output.weight"), output) << target;
    EXPECT_EQ(types.at("token_embd.weight"), dtype) << target;
    for (const char* suffix : {"attn_v.weight", "ffn_down.weight", "attn_q.weight"})
      EXPECT_EQ(layers_with(types, suffix, dtype).size(), 22u) << target << " " << suffix;
  }
}

TEST(QuantiseMixture, AnEmbeddingThatIsTheOutputTooIsQuantisedAsTheOutput) {
  const Shapes tied{Model{.is_tied = true}};
  EXPECT_EQ(tied.types("Q4_K_M").at("token_embd.weight"), DType::kQ6_K);
  EXPECT_EQ(tied.types("Q4_0").at("token_embd.weight"), DType::kQ6_K);
  EXPECT_EQ(tied.types("Q8_0").at("token_embd.weight"), DType::kQ8_0);
}

TEST(QuantiseMixture, RowsThatAreNoMultipleOfTheBlockGetASmallerBlock) {
  const Shapes odd{Model{.layers = 7, .width = 288}};
  const auto types = odd.types("Q4_K_M");
  EXPECT_EQ(types.at("blk.0.attn_q.weight"), DType::kQ5_0);
  EXPECT_EQ(types.at("blk.2.attn_v.weight"), DType::kQ8_0);
  EXPECT_EQ(types.at("output.weight"), DType::kQ8_0);
  EXPECT_EQ(odd.types("Q5_K_M").at("blk.0.attn_q.weight"), DType::kQ5_1);
  const Shapes narrow{Model{.layers = 1, .width = 40}};
  EXPECT_EQ(narrow.types("Q4_K_M").at("blk.0.attn_q.weight"), DType::kF16);
}

TEST(QuantiseMixture, EightExpertsSpendBitsOnKeysAndValues) {
  const auto types = Shapes{Model{.layers = 9, .experts = 8}}.types("Q4_K_M");
  EXPECT_EQ(layers_with(types, "attn_v.weight", DType::kQ8_0).size(), 9u);
  EXPECT_EQ(layers_with(types, "attn_k.weight", DType::kQ8_0).size(), 9u);
  EXPECT_EQ(layers_with(types, "attn_output.weight", DType::kQ5_K).size(), 9u);
  EXPECT_EQ(layers_with(types, "ffn_gate_inp.weight", DType::kF32).size(), 9u);
  EXPECT_EQ(layers_with(types, "ffn_down_exps.weight", DType::kQ6_K), (std::set<int>{0, 3, 6, 7, 8}));
}

TEST(QuantiseMixture, FalconAndTheSeventyBillionsDiffer) {
  const auto falcon =
      Shapes{Model{.architecture = "falcon", .layers = 40, .joins_qkv = true}}.types("Q4_K_M");
  EXPECT_EQ(falcon.at("output.weight"), DType::kQ8_0);
  EXPECT_EQ(layers_with(falcon, "ffn_down.weight", DType::kQ6_K), (std::set<int>{0, 1}));
  EXPECT_EQ(falcon.at("blk.2.ffn_down.weight"), DType::kQ5_K);
  EXPECT_EQ(falcon.at("blk.5.ffn_down.weight"), DType::kQ4_K);
  const auto large = Shapes{Model{.layers = 80, .kv_heads = 2}}.types("Q4_K_M");
  EXPECT_EQ(large.at("blk.10.attn_v.weight"), DType::kQ5_K);
  const auto even = Shapes{Model{.layers = 80, .kv_heads = 4}}.types("Q4_K_M");
  EXPECT_EQ(even.at("blk.10.attn_v.weight"), DType::kQ4_K);
}

TEST(QuantiseMixture, UnknownTargetsAreRefusedWithTheKnownOnes) {
  EXPECT_EQ(parse_quantise_target("q4_k_m")->name, "Q4_K_M");
  const auto unknown = parse_quantise_target("Q4_K_XXL");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("Q4_K_M"), std::string::npos);
}

}  // namespace
}  // namespace nagare
