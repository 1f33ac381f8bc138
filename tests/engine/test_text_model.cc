// Loading: what it takes, what it refuses, and what happens to a model whose file is damaged under it.
#include <gtest/gtest.h>

#include <fstream>

#include "base/mapped_file.h"
#include "engine/random_model_file.h"
#include "engine/text_session.h"
#include "support/sanitized.h"
#include "support/test_data.h"

namespace nagare {
namespace {

using test::RandomModel;
using test::RandomModelFile;
using test::TemporaryFolder;

const TextModelOptions kOptions{.threads = 1, .policy = {.find = FindMode::kOff}, .use_perf_db = false};

// Anonymous memory of this process that is in use, in bytes.
int64_t own_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) << 10;
  }
  return 0;
}

// Bytes of the file that are mapped and present.
int64_t resident_of(const std::string& name) {
  std::ifstream maps("/proc/self/smaps");
  int64_t resident = 0;
  bool ours = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < 20 && line.find(" r") != std::string::npos) ours = line.ends_with(name);
    if (ours && line.starts_with("Rss:")) resident += std::stoll(line.substr(4)) << 10;
  }
  return resident;
}

TEST(TextModel, TheEstimateIsTrueWithinATenth) {
  if (test::kSanitized) GTEST_SKIP() << "a sanitizer takes memory of its own";
  const TemporaryFolder folder;
  for (const DType dtype : {DType::kQ4_K, DType::kQ8_0, DType::kF16}) {
    const auto path = folder.path() / "model.gguf";
    const RandomModelFile file(path, {.layers = 6,
                                      .width = 512,
                                      .heads = 8,
                                      .feed_forward = 1536,
                                      .vocabulary = 4000,
                                      .context = 320,
                                      .dtype = dtype});
    const int64_t before = own_memory();
    const auto model = TextModel::load(path, kOptions, {});
    ASSERT_TRUE(model) << model.error().message;
    const SequenceId id = *(*model)->scheduler().open();
    ASSERT_TRUE((*model)->scheduler().push(id, std::vector<int32_t>(320, 5)));
    while (!(*model)->scheduler().idle()) ASSERT_TRUE((*model)->scheduler().step());
    const auto taken = static_cast<double>(own_memory() - before);
    const auto estimated = static_cast<double>((*model)->memory().needed_bytes());
    EXPECT_LT(taken, 1.1 * estimated + 1e6) << name(dtype);
    EXPECT_GT(taken, 0.9 * estimated) << name(dtype);
  }
}

TEST(TextModel, SmallModelsKeepTheirKeysAndValuesExact) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  TextModelOptions options = kOptions;
  options.kv_dtype.reset();
  {
    const RandomModelFile file(path, {.layers = 2, .width = 64});
    const auto model = TextModel::load(path, options, {});
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ((*model)->executor().options().kv_dtype, DType::kF32);
  }
  const RandomModelFile file(path, {.layers = 6, .width = 512, .heads = 8});
  const auto model = TextModel::load(path, options, {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ((*model)->executor().options().kv_dtype, DType::kF16);
}

TEST(TextModel, RepackedWeightsGiveTheirPagesBack) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {.layers = 4, .width = 512, .heads = 8, .feed_forward = 2048});
  const auto model = TextModel::load(path, kOptions, {});
  ASSERT_TRUE(model) << model.error().message;
  // Of the file's pages only what is read as it lies there may still be mapped: norms, rows, names.
  EXPECT_LT(resident_of("model.gguf"), (*model)->memory().file_bytes / 4);
}

// An embedding that is the output matrix too is packed with its pages going meanwhile, and still read.
TEST(TextModel, ALargeTiedEmbeddingIsNotThereTwice) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {.layers = 1, .width = 512, .heads = 8, .vocabulary = 90000});
  const auto model = TextModel::load(path, kOptions, {});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_LT(resident_of("model.gguf"), (*model)->memory().file_bytes / 4);
  const SequenceId id = *(*model)->scheduler().open();
  ASSERT_TRUE((*model)->scheduler().push(id, std::vector<int32_t>{5, 80000, 44444}));
  EXPECT_TRUE((*model)->scheduler().step());
}

TEST(TextModel, TooLittleMemoryIsRefusedBeforeLoadingWithAContextThatFits) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {.context = 100000});
  TextModelOptions options = kOptions;
  options.context_length = 100000;
  MemoryEstimate estimate;
  const auto note = [&](const MemoryEstimate& told) { estimate = told; };
  ASSERT_TRUE(TextModel::load(path, options, note));
  options.memory_bytes = estimate.needed_bytes() - 1;
  const auto refused = TextModel::load(path, options, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kOutOfMemory);
  const std::string& message = refused.error().message;
  const size_t at = message.find("--ctx ");
  ASSERT_NE(at, std::string::npos) << message;
  EXPECT_NE(message.find("100000"), std::string::npos) << message;
  options.context_length = std::stoll(message.substr(at + 6));
  EXPECT_GT(options.context_length, 99000);
  EXPECT_TRUE(TextModel::load(path, options, {})) << "what it proposes must fit";
}

TEST(TextModel, WeightsThatDoNotFitAtAllAreRefused) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {});
  TextModelOptions options = kOptions;
  options.memory_bytes = 50000;
  const auto refused = TextModel::load(path, options, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kOutOfMemory);
  EXPECT_EQ(refused.error().message.find("--ctx"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("0 MB are free"), std::string::npos) << refused.error().message;
}

// bad-inputs 19: the embedding is read from the file as long as the model lives.
TEST(TextModel, AFileCutShortFailsTheRequestAndNothingElse) {
  ASSERT_TRUE(install_mapped_file_guard());
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {.width = 512, .vocabulary = 4000, .tied = false});
  const auto model = TextModel::load(path, kOptions, {});
  ASSERT_TRUE(model) << model.error().message;
  auto session = TextSession::open(**model);
  ASSERT_TRUE(session);
  const GenerateOptions options{.max_tokens = 4, .ignore_end = true};
  const std::vector<int32_t> early{1, 10, 20};
  ASSERT_TRUE((*session)->generate(early, options, {}, nullptr));
  std::filesystem::resize_file(path, 4096);
  // Rows that nobody has read before.
  const std::vector<int32_t> late{1, 3000, 3500, 3900};
  const auto failed = (*session)->generate(late, options, {}, nullptr);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kFailure);
  EXPECT_NE(failed.error().message.find("cut short"), std::string::npos) << failed.error().message;
}

TEST(TextModel, APromptPastTheContextIsRefusedWithBothNumbers) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {.context = 128});
  const auto model = TextModel::load(path, kOptions, {});
  ASSERT_TRUE(model) << model.error().message;
  auto session = TextSession::open(**model);
  ASSERT_TRUE(session);
  const std::vector<int32_t> prompt(130, 7);
  const auto refused = (*session)->generate(prompt, {}, {}, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(refused.error().message.find("130"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("128"), std::string::npos) << refused.error().message;
  EXPECT_TRUE((*session)->generate(std::span(prompt).first(128), {.max_tokens = 1}, {}, nullptr))
      << "the session lives on";
}

TEST(TextModel, TheSameBitsEveryTimeAndAtAnyNumberOfThreads) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  const RandomModelFile file(path, {.width = 256, .heads = 4, .feed_forward = 512, .dtype = DType::kQ4_K});
  std::vector<int32_t> prompt(100);
  for (size_t i = 0; i < prompt.size(); ++i) prompt[i] = static_cast<int32_t>(3 + i * 7 % 250);
  std::vector<int32_t> want;
  std::vector<float> want_logits;
  for (const int threads : {1, 1, 2, 3}) {
    TextModelOptions options = kOptions;
    options.threads = threads;
    const auto model = TextModel::load(path, options, {});
    ASSERT_TRUE(model) << model.error().message;
    auto session = TextSession::open(**model);
    GenerateOptions generate{.max_tokens = 20, .ignore_end = true};
    generate.sampler.temperature = 0.9f;
    generate.sampler.seed = 5;
    const auto result = (*session)->generate(prompt, generate, {}, nullptr);
    ASSERT_TRUE(result) << result.error().message;
    const float* logits = (*model)->executor().output();
    const std::vector<float> row(logits, logits + (*model)->executor().output_width());
    if (want.empty()) {
      want = result->tokens;
      want_logits = row;
    }
    EXPECT_EQ(result->tokens, want) << threads << " threads";
    EXPECT_EQ(row, want_logits) << threads << " threads";
  }
}

}  // namespace
}  // namespace nagare
