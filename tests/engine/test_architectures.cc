// Whole models against an independent float64 forward pass: every family that has a file, whole and in
// pieces.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/scheduler.h"
#include "formats/npy/npy_file.h"
#include "models/model.h"
#include "support/test_data.h"

namespace nagare {
namespace {

const std::vector<int32_t> kTokens{1,  403, 407, 261, 378, 31,  500, 17,  88,  260, 511, 300,
                                   42, 199, 350, 271, 9,   444, 333, 120, 265, 480, 77,  290};

struct Loaded {
  std::unique_ptr<GgufFile> file;
  std::unique_ptr<Device> device;
  std::unique_ptr<Selector> selector;
  std::unique_ptr<Tracer> tracer = std::make_unique<Tracer>();
  std::unique_ptr<Executor> executor;
};

Result<Loaded> load(const std::filesystem::path& path, int threads, DType kv_dtype) {
  Loaded loaded;
  ASSIGN_OR_RETURN(GgufFile file, GgufFile::open(path));
  loaded.file = std::make_unique<GgufFile>(std::move(file));
  ASSIGN_OR_RETURN(ModelDescription model, describe_model(*loaded.file));
  ASSIGN_OR_RETURN(loaded.device, Device::open_cpu(threads));
  loaded.selector =
      std::make_unique<Selector>(loaded.device->traits(), nullptr, SelectionPolicy{.find = FindMode::kOff});
  ASSIGN_OR_RETURN(loaded.executor, Executor::create(std::move(model.graph), *loaded.device, *loaded.selector,
                                                     *loaded.tracer, {.kv_dtype = kv_dtype}, {}));
  return loaded;
}

// All logits [tokens, vocabulary], with the prompt computed in pieces of the given length.
Result<std::vector<float>> logits(Loaded& loaded, size_t piece) {
  ASSIGN_OR_RETURN(KvCache cache, KvCache::create(loaded.executor->kv_layers(), {.context_length = 128}));
  Scheduler scheduler(*loaded.executor, std::move(cache), 128, 1);
  ASSIGN_OR_RETURN(const SequenceId id, scheduler.open());
  std::vector<float> all;
  for (size_t at = 0; at < kTokens.size(); at += piece) {
    const auto tokens = std::span(kTokens).subspan(at, std::min(piece, kTokens.size() - at));
    RETURN_IF_ERROR(scheduler.push(id, tokens, Wanted::kAll));
    while (!scheduler.idle()) {
      ASSIGN_OR_RETURN(const std::span<const StepOutput> outputs, scheduler.step());
      for (const StepOutput& output : outputs) {
        all.insert(all.end(), output.logits, output.logits + loaded.executor->output_width());
      }
    }
  }
  return all;
}

double relative_rms(const std::vector<float>& got, const std::vector<double>& want) {
  double difference = 0;
  double magnitude = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    difference += (got[i] - want[i]) * (got[i] - want[i]);
    magnitude += want[i] * want[i];
  }
  return std::sqrt(difference / magnitude);
}

class Architectures : public testing::TestWithParam<const char*> {};

TEST_P(Architectures, AgreesWithFloat64) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP(std::string("llm/arch/") + GetParam());
  auto loaded = load(folder / "model.gguf", 2, DType::kF32);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto want = read_npy(folder / "ref64.npy");
  ASSERT_TRUE(want) << want.error().message;
  const auto got = logits(*loaded, kTokens.size());
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(static_cast<int64_t>(got->size()), want->shape.elements());
  EXPECT_LT(relative_rms(*got, want->to_f64()), 1e-5);
  double largest = 0;
  for (size_t i = 0; i < got->size(); ++i)
    largest = std::max(largest, std::abs((*got)[i] - want->to_f64()[i]));
  EXPECT_LT(largest, 1e-4);
}

TEST_P(Architectures, PiecesAndThreadsGiveTheSameBits) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP(std::string("llm/arch/") + GetParam());
  auto one = load(folder / "model.gguf", 1, DType::kF16);
  ASSERT_TRUE(one) << one.error().message;
  const auto want = logits(*one, kTokens.size());
  ASSERT_TRUE(want) << want.error().message;
  for (const int threads : {1, 2, 3}) {
    auto loaded = load(folder / "model.gguf", threads, DType::kF16);
    ASSERT_TRUE(loaded);
    for (const size_t piece : {size_t{1}, size_t{5}, kTokens.size()}) {
      const auto got = logits(*loaded, piece);
      ASSERT_TRUE(got);
      EXPECT_EQ(*got, *want) << threads << " threads, pieces of " << piece;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Architectures,
                         testing::Values("falcon", "gemma2", "gpt2", "llama", "llama3-ropefreqs", "olmo2",
                                         "phi3", "qwen2", "qwen3", "qwen3moe", "starcoder2"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nagare
