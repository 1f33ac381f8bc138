// What is wrong with a model's file comes out by its name: every tensor and every key of every family,
// missing or wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "models/family_case.h"
#include "models/model.h"

namespace nagare {
namespace {

// What a file may lack: then it describes another model, or a default holds.
const std::set<std::string> kOptionalKeys{"attention.head_count_kv",
                                          "attention.key_length",
                                          "attention.value_length",
                                          "feed_forward_length",
                                          "rope.dimension_count",
                                          "rope.freq_base",
                                          "rope.scaling.type",
                                          "rope.scaling.factor",
                                          "rope.scaling.original_context_length",
                                          "rope.scaling.attn_factor",
                                          "attention.sliding_window",
                                          "use_parallel_residual",
                                          "attn_logit_softcapping",
                                          "final_logit_softcapping",
                                          "expert_count",
                                          "expert_feed_forward_length",
                                          "expert_shared_feed_forward_length"};

bool is_optional_tensor(const test::FamilyCase& family, const std::string& name) {
  const bool tied = family.name != "gptneox" && family.name != "gptneox_serial" && family.name != "phi2" &&
                    !family.name.starts_with("stablelm") && !family.name.starts_with("olmo2") &&
                    family.name != "qwen2moe";
  if (name == "output.weight") return tied;
  if (name.starts_with("rope_")) return true;
  // StableLM's two forms, Falcon's second norm, Nomic's sentences.
  if (family.name.starts_with("stablelm"))
    return name.ends_with("_q_norm.weight") || name.ends_with("_k_norm.weight") ||
           name.ends_with("ffn_norm.weight") || name.ends_with("attn_qkv.weight");
  if (family.name.starts_with("falcon")) return name.ends_with("attn_norm_2.weight");
  if (family.name == "nomic_bert") return name == "token_types.weight";
  if (family.name == "qwen2moe") return name.ends_with(".bias");
  return false;
}

std::string refusal_of(test::TinyModel& tiny, const test::FamilyCase& family) {
  const auto file = tiny.file();
  if (!file) return file.error().message;
  const auto model = describe_model(*file, {.context_length = family.context_length});
  return model ? "" : model.error().message;
}

class BadModels : public testing::TestWithParam<test::FamilyCase> {};

TEST_P(BadModels, MissingTensorIsNamed) {
  const test::TinyModel whole = GetParam().make();
  for (const std::string& name : whole.tensor_names()) {
    test::TinyModel tiny = whole;
    tiny.remove_tensor(name);
    const std::string refusal = refusal_of(tiny, GetParam());
    if (refusal.empty() && is_optional_tensor(GetParam(), name)) continue;
    // One expert of many: the first says in which form the file has them.
    const bool first_expert = name.ends_with(".0.weight");
    EXPECT_NE(refusal.find(first_expert ? name.substr(0, name.size() - 9) : name), std::string::npos)
        << name << ": " << refusal;
    EXPECT_NE(refusal.find("missing"), std::string::npos) << name << ": " << refusal;
  }
}

TEST_P(BadModels, WrongShapeIsNamedWithBothShapes) {
  const test::TinyModel whole = GetParam().make();
  for (const std::string& name : whole.tensor_names()) {
    test::TinyModel tiny = whole;
    tiny.reshape(name, Shape(3, 7));
    const std::string refusal = refusal_of(tiny, GetParam());
    // The rows of some tables are what the file says they are; then it is their width that does not fit.
    EXPECT_NE(refusal.find("'" + name + "': expected ["), std::string::npos) << name << ": " << refusal;
    if (!name.starts_with("rope_")) {
      EXPECT_NE(refusal.find("[3, 7]"), std::string::npos) << name << ": " << refusal;
    }
  }
}

TEST_P(BadModels, MissingKeyIsNamed) {
  const test::TinyModel whole = GetParam().make();
  for (const std::string& key : whole.key_names()) {
    test::TinyModel tiny = whole;
    tiny.remove_key(key);
    const std::string refusal = refusal_of(tiny, GetParam());
    if (kOptionalKeys.contains(key)) continue;
    EXPECT_NE(refusal.find(whole.architecture() + "." + key), std::string::npos) << key << ": " << refusal;
  }
}

// Zero, too much, not a number, of the wrong type.
TEST_P(BadModels, NumbersOutOfRangeAreNamed) {
  const test::TinyModel whole = GetParam().make();
  for (const char* key :
       {"block_count", "embedding_length", "attention.head_count", "attention.head_count_kv",
        "context_length", "feed_forward_length", "attention.key_length"}) {
    for (const uint32_t value : {0u, std::numeric_limits<uint32_t>::max()}) {
      test::TinyModel tiny = whole;
      tiny.integer(key, value);
      const std::string refusal = refusal_of(tiny, GetParam());
      EXPECT_NE(refusal.find(whole.architecture() + "." + key), std::string::npos) << key << ": " << refusal;
    }
    test::TinyModel tiny = whole;
    tiny.text(key, "12");
    EXPECT_NE(refusal_of(tiny, GetParam()).find(key), std::string::npos) << key;
  }
  const auto names = whole.key_names();
  const auto epsilon = std::find_if(names.begin(), names.end(),
                                    [](const std::string& name) { return name.ends_with("epsilon"); });
  ASSERT_NE(epsilon, names.end());
  for (const std::string& key : {*epsilon, std::string("rope.freq_base")}) {
    for (const float value : {0.0f, std::numeric_limits<float>::quiet_NaN(), 1e30f, -1.0f}) {
      test::TinyModel tiny = whole;
      tiny.number(key, value);
      const std::string refusal = refusal_of(tiny, GetParam());
      EXPECT_NE(refusal.find(whole.architecture() + "." + key), std::string::npos) << key << ": " << refusal;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiny, BadModels, testing::ValuesIn(test::all_family_cases()),
                         [](const auto& param) { return param.param.name; });

TEST(Architecture, UnknownOnesAreAnsweredWithTheList) {
  for (const char* name : {"", "rwkv7", "Llama", "llama ", "qwen3moe.block_count"}) {
    GgufBuilder builder;
    builder.add_string("general.architecture", name);
    const std::vector<std::byte> bytes = gguf_in_memory(builder, {});
    std::vector<std::byte> aligned(bytes.size() + 64);
    void* start = aligned.data();
    size_t room = aligned.size();
    auto* const data = static_cast<std::byte*>(std::align(64, bytes.size(), start, room));
    std::copy(bytes.begin(), bytes.end(), data);
    const auto file = GgufFile::parse(std::span(data, bytes.size()));
    ASSERT_TRUE(file) << file.error().message;
    const auto model = describe_model(*file);
    ASSERT_FALSE(model) << name;
    EXPECT_EQ(model.error().kind, ErrorKind::kUnsupported);
    for (const std::string_view known : supported_architectures())
      EXPECT_NE(model.error().message.find(known), std::string::npos) << model.error().message;
  }
}

TEST(Architecture, NumbersThatDifferFromLayerToLayerAreRefused) {
  test::TinyModel tiny = test::tiny_transformer("llama", 1, {}, {});
  tiny.integers("attention.head_count_kv", {2, 2});
  ASSERT_TRUE(describe_model(*tiny.file())) << describe_model(*tiny.file()).error().message;
  tiny.integers("attention.head_count_kv", {2, 4});
  const auto model = describe_model(*tiny.file());
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("llama.attention.head_count_kv differs from layer to layer"),
            std::string::npos)
      << model.error().message;
}

TEST(Architecture, HeadsThatDoNotDivideAreRefused) {
  test::TinyModel tiny = test::tiny_transformer("llama", 1, {}, {});
  tiny.integer("attention.head_count_kv", 3);
  const auto model = describe_model(*tiny.file());
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("llama.attention.head_count_kv"), std::string::npos)
      << model.error().message;
}

}  // namespace
}  // namespace nagare
