// Vocabularies read from files made here: what the keys mean, and the hostile ones.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "formats/gguf/gguf_writer.h"
#include "prepare/tokenizer/vocab_from_gguf.h"

namespace nagare {
namespace {

// A file in memory and the vocabulary in it.
Result<Vocab> vocab_of(const std::function<void(GgufBuilder&)>& fill) {
  GgufBuilder builder;
  builder.add_string("general.architecture", "llama");
  fill(builder);
  const std::vector<std::byte> bytes = gguf_in_memory(builder, {});
  const std::unique_ptr<std::byte[], decltype(&std::free)> aligned(
      static_cast<std::byte*>(std::aligned_alloc(64, (bytes.size() + 63) / 64 * 64)), &std::free);
  std::memcpy(aligned.get(), bytes.data(), bytes.size());
  const auto file = GgufFile::parse({aligned.get(), bytes.size()});
  if (!file) return std::unexpected(file.error());
  return vocab_from_gguf(*file);
}

const std::vector<std::string_view> kTokens{"a", "b", "ab", "<|im_end|>"};
const std::vector<int32_t> kTypes{1, 1, 1, 3};

void add_bpe(GgufBuilder& builder, std::vector<std::string_view> merges = {"a b"},
             std::string_view pre = "qwen2") {
  builder.add_string("tokenizer.ggml.model", "gpt2");
  if (!pre.empty()) builder.add_string("tokenizer.ggml.pre", pre);
  builder.add_strings("tokenizer.ggml.tokens", kTokens);
  builder.add_i32s("tokenizer.ggml.token_type", kTypes);
  builder.add_strings("tokenizer.ggml.merges", merges);
}

std::string refusal(const std::function<void(GgufBuilder&)>& fill) {
  const auto vocab = vocab_of(fill);
  return vocab ? "(accepted)" : vocab.error().message;
}

TEST(VocabFromGguf, ReadsWhatTheFileSays) {
  const auto vocab = vocab_of([](GgufBuilder& builder) {
    add_bpe(builder);
    builder.add_u32("tokenizer.ggml.bos_token_id", 0);
    builder.add_u32("tokenizer.ggml.eos_token_id", 3);
    builder.add_u32("tokenizer.ggml.padding_token_id", 0xFFFFFFFF);
    builder.add_bool("tokenizer.ggml.add_bos_token", true);
  });
  ASSERT_TRUE(vocab) << vocab.error().message;
  EXPECT_EQ(vocab->kind(), VocabKind::kByteLevelBpe);
  EXPECT_EQ(vocab->pre_tokenizer(), "qwen2");
  EXPECT_EQ(vocab->special(), (SpecialTokens{.bos = 0, .eos = 3, .eot = 3}));
  EXPECT_TRUE(vocab->rules().add_bos);
  EXPECT_FALSE(vocab->rules().add_eos);
  ASSERT_EQ(vocab->merges().size(), 1u);
  EXPECT_EQ(vocab->merges()[0].merged, 2);
  EXPECT_TRUE(vocab->warnings().empty());
}

TEST(VocabFromGguf, KindsHaveTheirOwnDefaults) {
  const auto llama = vocab_of([](GgufBuilder& builder) {
    builder.add_string("tokenizer.ggml.model", "llama");
    builder.add_strings("tokenizer.ggml.tokens", kTokens);
    builder.add_f32s("tokenizer.ggml.scores", std::vector<float>{0, -1, -2, 0});
  });
  ASSERT_TRUE(llama) << llama.error().message;
  EXPECT_EQ(llama->special(), (SpecialTokens{.bos = 1, .eos = 2, .eot = 3, .unk = 0}));
  EXPECT_TRUE(llama->rules().add_bos && llama->rules().add_space_prefix);
  EXPECT_EQ(llama->score(2), -2.0f);
  // BERT's defaults lie past the end of this small vocabulary: there are none then.
  const auto bert = vocab_of([](GgufBuilder& builder) {
    builder.add_string("tokenizer.ggml.model", "bert");
    builder.add_strings("tokenizer.ggml.tokens", kTokens);
  });
  ASSERT_TRUE(bert) << bert.error().message;
  EXPECT_EQ(bert->special().bos, kNoToken);
  EXPECT_EQ(bert->special().pad, 0);
  EXPECT_FALSE(bert->rules().add_bos);
  EXPECT_EQ(bert->warnings().size(), 2u) << "no bos, no eos to add";
}

TEST(VocabFromGguf, AnUnknownPreTokenizerIsAWarning) {
  for (const std::string_view pre : {"", "nonsense"}) {
    const auto vocab = vocab_of([&](GgufBuilder& builder) { add_bpe(builder, {"a b"}, pre); });
    ASSERT_TRUE(vocab) << vocab.error().message;
    EXPECT_EQ(vocab->pre_tokenizer(), "default");
    ASSERT_EQ(vocab->warnings().size(), 1u);
    EXPECT_NE(vocab->warnings()[0].find("default rules"), std::string::npos);
    EXPECT_EQ(vocab->warnings()[0].find('\n'), std::string::npos);
  }
}

TEST(VocabFromGguf, Phi3SwallowsWhiteSpaceBehindItsTokens) {
  const auto vocab = vocab_of([](GgufBuilder& builder) {
    builder.add_string("general.name", "Phi-3 mini");
    add_bpe(builder);
  });
  ASSERT_TRUE(vocab);
  EXPECT_TRUE(vocab->strips_right(3));
  EXPECT_FALSE(vocab->strips_right(0));
}

// bad-inputs 17
TEST(VocabFromGguf, RefusesHostileOnes) {
  EXPECT_EQ(refusal([](GgufBuilder& builder) {
              add_bpe(builder);
              builder.add_f32s("tokenizer.ggml.scores", std::vector<float>(3));
            }),
            "vocabulary: 4 tokens but 3 scores; is the file damaged?");
  EXPECT_EQ(refusal([](GgufBuilder& builder) { add_bpe(builder, {"a c"}); }),
            "vocabulary: merge 0 'a c' needs the token 'c', which does not exist");
  for (const std::string_view key :
       {"bos", "eos", "unknown", "padding", "seperator", "mask", "fim_pre", "prefix"}) {
    const std::string name = fmt::format("tokenizer.ggml.{}_token_id", key);
    EXPECT_EQ(refusal([&](GgufBuilder& builder) {
                add_bpe(builder);
                builder.add_u32(name, 4);
              }),
              fmt::format("vocabulary: '{}' is 4, but there are only 4 tokens; is the file damaged?", name));
    EXPECT_EQ(refusal([&](GgufBuilder& builder) {
                add_bpe(builder);
                builder.add_string(name, "3");
              }),
              fmt::format("vocabulary: '{}' is of type string, expected an integer", name));
  }
  EXPECT_NE(refusal([](GgufBuilder&) {}).find("tokenizer.ggml.model"), std::string::npos);
  EXPECT_EQ(refusal([](GgufBuilder& builder) { builder.add_string("tokenizer.ggml.model", "a\nb"); }),
            "vocabulary: tokenizer 'a\\x0ab' is not supported; supported: gpt2, llama, bert, t5, gemma4");
  EXPECT_NE(refusal([](GgufBuilder& builder) {
              builder.add_string("tokenizer.ggml.model", "llama");
            }).find("tokenizer.ggml.tokens"),
            std::string::npos);
  EXPECT_EQ(refusal([](GgufBuilder& builder) {
              builder.add_string("tokenizer.ggml.model", "llama");
              builder.add_strings("tokenizer.ggml.tokens", {});
            }),
            "vocabulary: it has no tokens");
}

}  // namespace
}  // namespace nagare
