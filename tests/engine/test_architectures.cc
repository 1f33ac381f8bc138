// Whole models against an independent float64 forward pass: every family that has a file, whole and in
// pieces.
#include <gtest/gtest.h>

#include <cmath>

#include "formats/npy/npy_file.h"
#include "support/run_model.h"
#include "support/test_data.h"

namespace nagare {
namespace {

const std::vector<int32_t> kTokens{1,  403, 407, 261, 378, 31,  500, 17,  88,  260, 511, 300,
                                   42, 199, 350, 271, 9,   444, 333, 120, 265, 480, 77,  290};

Result<test::RunnableModel> load(const std::filesystem::path& folder, int threads, DType kv_dtype) {
  ASSIGN_OR_RETURN(GgufFile file, GgufFile::open(folder / "model.gguf"));
  return test::make_runnable(std::move(file), {.threads = threads, .kv_dtype = kv_dtype});
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

class Architectures : public testing::TestWithParam<const char*> {
 protected:
  static bool is_encoder() { return std::string_view(GetParam()) == "bert"; }
};

TEST_P(Architectures, AgreesWithFloat64) {
  NAGARE_SKIP_WITHOUT_CPU();
  const auto folder = NAGARE_TEST_DATA_OR_SKIP(std::string("llm/arch/") + GetParam());
  auto model = load(folder, 2, DType::kF32);
  ASSERT_TRUE(model) << model.error().message;
  const auto want = read_npy(folder / "ref64.npy");
  ASSERT_TRUE(want) << want.error().message;
  const auto got = test::outputs_of(*model, kTokens, kTokens.size());
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(static_cast<int64_t>(got->size()), want->shape.elements());
  EXPECT_LT(relative_rms(*got, want->to_f64()), 1e-5);
  double largest = 0;
  for (size_t i = 0; i < got->size(); ++i)
    largest = std::max(largest, std::abs((*got)[i] - want->to_f64()[i]));
  EXPECT_LT(largest, 1e-4);
}

TEST_P(Architectures, PiecesAndThreadsGiveTheSameBits) {
  NAGARE_SKIP_WITHOUT_CPU();
  const auto folder = NAGARE_TEST_DATA_OR_SKIP(std::string("llm/arch/") + GetParam());
  auto one = load(folder, 1, DType::kF16);
  ASSERT_TRUE(one) << one.error().message;
  const auto want = test::outputs_of(*one, kTokens, kTokens.size());
  ASSERT_TRUE(want) << want.error().message;
  for (const int threads : {1, 2, 3}) {
    auto model = load(folder, threads, DType::kF16);
    ASSERT_TRUE(model);
    for (const size_t piece : {size_t{1}, size_t{5}, kTokens.size()}) {
      // The tokens of an encoder see each other: they go in one step.
      if (is_encoder() && piece != kTokens.size()) continue;
      const auto got = test::outputs_of(*model, kTokens, piece);
      ASSERT_TRUE(got);
      EXPECT_EQ(*got, *want) << threads << " threads, pieces of " << piece;
    }
  }
}

// What a cache's numbers are rounded to shows in the outputs, by as much as their precision says and no more.
TEST_P(Architectures, EveryTypeOfCacheIsAsNearAsItsPrecision) {
  NAGARE_SKIP_WITHOUT_CPU();
  if (is_encoder()) return;  // it keeps nothing from step to step
  const auto folder = NAGARE_TEST_DATA_OR_SKIP(std::string("llm/arch/") + GetParam());
  const auto want = read_npy(folder / "ref64.npy");
  ASSERT_TRUE(want) << want.error().message;
  struct Case {
    DType dtype;
    double least;
    double most;
  };
  for (const auto& [dtype, least, most] :
       {Case{DType::kF32, 0, 1e-5}, Case{DType::kF16, 1e-5, 1e-3}, Case{DType::kBF16, 1e-4, 8e-3},
        Case{DType::kQ8_0, 1e-4, 2e-2}, Case{DType::kQ4_0, 2e-3, 0.3}}) {
    auto model = load(folder, 2, dtype);
    ASSERT_TRUE(model) << model.error().message;
    for (const size_t piece : {size_t{1}, kTokens.size()}) {
      const auto got = test::outputs_of(*model, kTokens, piece);
      ASSERT_TRUE(got) << got.error().message;
      const double error = relative_rms(*got, want->to_f64());
      RecordProperty(std::string(name(dtype)), std::to_string(error));
      EXPECT_GE(error, least) << name(dtype) << ", pieces of " << piece;
      EXPECT_LT(error, most) << name(dtype) << ", pieces of " << piece;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Architectures,
                         testing::Values("bert", "falcon", "gemma2", "gpt2", "llama", "llama3-ropefreqs",
                                         "olmo2", "phi3", "qwen2", "qwen3", "qwen3moe", "starcoder2"),
                         [](const auto& param) {
                           std::string name = param.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace nagare
