// Families against independent float64 forward passes, on tiny models of random weights: those that no file
// of the test data covers, and the corners of those that one does.
#include <gtest/gtest.h>

#include <cmath>

#include "models/family_case.h"
#include "support/run_model.h"

namespace nagare {
namespace {

const std::vector<int32_t> kTokens{3, 17, 39, 0, 5, 22, 8, 8, 31, 14, 2, 27, 36};

class Families : public testing::TestWithParam<test::FamilyCase> {};

TEST_P(Families, AgreesWithFloat64) {
  NAGARE_SKIP_WITHOUT_CPU();
  test::TinyModel tiny = GetParam().make();
  auto file = tiny.file();
  ASSERT_TRUE(file) << file.error().message;
  auto model = test::make_runnable(std::move(*file), {.context_length = GetParam().context_length});
  ASSERT_TRUE(model) << model.error().message;
  const auto got = test::outputs_of(*model, kTokens, kTokens.size());
  ASSERT_TRUE(got) << got.error().message;
  const test::Matrix want = GetParam().forward(tiny, kTokens);
  ASSERT_EQ(got->size(), want.data.size());
  double largest = 0;
  double squares = 0;
  for (size_t i = 0; i < got->size(); ++i) {
    largest = std::max(largest, std::abs((*got)[i] - want.data[i]));
    squares += want.data[i] * want.data[i];
  }
  EXPECT_LT(largest, GetParam().tolerance * std::sqrt(squares / static_cast<double>(got->size())));
}

TEST_P(Families, PiecesAndThreadsGiveTheSameBits) {
  NAGARE_SKIP_WITHOUT_CPU();
  test::TinyModel tiny = GetParam().make();
  std::vector<float> want;
  for (const int threads : {1, 3}) {
    auto file = tiny.file();
    ASSERT_TRUE(file);
    auto model = test::make_runnable(std::move(*file),
                                     {.threads = threads, .context_length = GetParam().context_length});
    ASSERT_TRUE(model) << model.error().message;
    for (const size_t piece : {kTokens.size(), size_t{1}, size_t{5}}) {
      // The tokens of an encoder see each other: they go in one step.
      if (GetParam().is_encoder && piece != kTokens.size()) continue;
      const auto got = test::outputs_of(*model, kTokens, piece);
      ASSERT_TRUE(got) << got.error().message;
      if (want.empty()) want = *got;
      EXPECT_EQ(*got, want) << threads << " threads, pieces of " << piece;
    }
  }
}

TEST(Encoders, TakeATextAsAWhole) {
  NAGARE_SKIP_WITHOUT_CPU();
  test::TinyModel tiny = test::encoder_cases().front().make();
  auto file = tiny.file();
  ASSERT_TRUE(file);
  auto model = test::make_runnable(std::move(*file), {});
  ASSERT_TRUE(model) << model.error().message;
  const auto pieces = test::outputs_of(*model, kTokens, 5);
  ASSERT_FALSE(pieces);
  EXPECT_NE(pieces.error().message.find("as a whole"), std::string::npos) << pieces.error().message;
  // Two texts in one batch do not see each other.
  auto scheduler = test::make_scheduler(*model, 64, 2);
  ASSERT_TRUE(scheduler);
  for (const size_t count : {kTokens.size(), size_t{4}}) {
    const auto id = scheduler->open();
    ASSERT_TRUE(id && scheduler->push(*id, std::span(kTokens).first(count), Wanted::kAll));
  }
  const auto outputs = scheduler->step();
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), kTokens.size() + 4);
  std::vector<float> got;
  for (const StepOutput& output : *outputs) {
    if (output.sequence == 1)
      got.insert(got.end(), output.logits, output.logits + model->executor->output_width());
  }
  EXPECT_EQ(got, *test::outputs_of(*model, std::span(kTokens).first(4), 4));
}

INSTANTIATE_TEST_SUITE_P(Tiny, Families, testing::ValuesIn(test::all_family_cases()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace nagare
