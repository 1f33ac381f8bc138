// One tiny llama in every type of weight, against a float64 forward pass over the dequantised weights. What
// differs is the rounding of activations, which other programs have as well.
#include <gtest/gtest.h>

#include <cmath>

#include "formats/npy/npy_file.h"
#include "support/run_model.h"
#include "support/test_data.h"

namespace nagare {
namespace {

const std::vector<int32_t> kTokens{1,  403, 407, 261, 378, 31,  500, 17,  88,  260, 511, 300,
                                   42, 199, 350, 271, 9,   444, 333, 120, 265, 480, 77,  290};

struct TypeCase {
  const char* type;
  double largest_error;  // relative, root mean square
};

class QuantisedModels : public testing::TestWithParam<TypeCase> {};

TEST_P(QuantisedModels, AgreesWithFloat64) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/quant");
  const std::string type = GetParam().type;
  auto file = GgufFile::open(folder / (type + ".gguf"));
  ASSERT_TRUE(file) << file.error().message;
  auto model = test::make_runnable(std::move(*file), {.threads = 2});
  ASSERT_TRUE(model) << model.error().message;
  const auto got = test::outputs_of(*model, kTokens, kTokens.size());
  ASSERT_TRUE(got) << got.error().message;
  const auto want = read_npy(folder / (type + ".ref64.npy"));
  ASSERT_TRUE(want) << want.error().message;
  ASSERT_EQ(static_cast<int64_t>(got->size()), want->shape.elements());
  const std::vector<double> reference = want->to_f64();
  double difference = 0;
  double magnitude = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    difference += std::pow((*got)[i] - reference[i], 2);
    magnitude += reference[i] * reference[i];
  }
  EXPECT_LT(std::sqrt(difference / magnitude), GetParam().largest_error);
}

INSTANTIATE_TEST_SUITE_P(
    Types, QuantisedModels,
    testing::Values(TypeCase{"F32", 1e-5}, TypeCase{"F16", 3e-4}, TypeCase{"BF16", 2.6e-3},
                    TypeCase{"Q4_0", 0.009}, TypeCase{"Q4_1", 0.009}, TypeCase{"Q5_0", 0.009},
                    TypeCase{"Q5_1", 0.009}, TypeCase{"Q8_0", 0.009}, TypeCase{"IQ4_NL", 0.009},
                    TypeCase{"MXFP4", 0.009}, TypeCase{"Q2_K", 0.014}, TypeCase{"Q3_K", 0.014},
                    TypeCase{"Q4_K", 0.014}, TypeCase{"Q5_K", 0.014}, TypeCase{"Q6_K", 0.014},
                    TypeCase{"IQ4_XS", 0.014}, TypeCase{"IQ3_S", 0.014}, TypeCase{"TQ1_0", 0.016},
                    TypeCase{"TQ2_0", 0.016}),
    [](const auto& param) { return std::string(param.param.type); });

}  // namespace
}  // namespace nagare
