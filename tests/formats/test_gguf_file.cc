// The reader on real files: vocabularies, tiny models, every tensor type.
#include <gtest/gtest.h>

#include <filesystem>

#include "formats/gguf/gguf_file.h"
#include "support/test_data.h"

namespace nagare {
namespace {

TEST(GgufFile, ReadsATrainedModel) {
  const auto path = NAGARE_TEST_DATA_OR_SKIP("llm/stories260K/stories260K-F32.gguf");
  const auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->require_string("general.architecture").value_or(""), "llama");
  EXPECT_EQ(file->require_u32("llama.embedding_length").value_or(0), 64u);
  EXPECT_EQ(file->require_strings("tokenizer.ggml.tokens")->size(), 512u);
  EXPECT_EQ(file->require_f32s("tokenizer.ggml.scores")->size(), 512u);
  EXPECT_EQ(file->require_i32s("tokenizer.ggml.token_type")->size(), 512u);
  const GgufTensor* embedding = file->find_tensor("token_embd.weight");
  ASSERT_NE(embedding, nullptr);
  EXPECT_EQ(embedding->view.shape, Shape(512, 64));
  EXPECT_EQ(embedding->view.dtype, DType::kF32);
  EXPECT_FALSE(file->damaged());
}

TEST(GgufFile, ReadsEveryFileOfTheTestData) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm");
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".gguf") continue;
    const auto file = GgufFile::open(entry.path());
    EXPECT_TRUE(file) << entry.path() << ": " << file.error().message;
    ++count;
  }
  EXPECT_GE(count, 40);
}

}  // namespace
}  // namespace nagare
