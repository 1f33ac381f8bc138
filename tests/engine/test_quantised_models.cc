// One tiny llama in every type of weight, against a float64 forward pass over the dequantised weights. What
// differs is the rounding of activations: no more than llama.cpp's, whose logits lie beside each file.
#include <gtest/gtest.h>

#include <cmath>

#include "formats/npy/npy_file.h"
#include "support/run_model.h"
#include "support/test_data.h"

namespace nagare {
namespace {

const std::vector<int32_t> kTokens{1,  403, 407, 261, 378, 31,  500, 17,  88,  260, 511, 300,
                                   42, 199, 350, 271, 9,   444, 333, 120, 265, 480, 77,  290};

double relative_rms(std::span<const float> got, const std::vector<double>& want) {
  double difference = 0;
  double magnitude = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    difference += std::pow(got[i] - want[i], 2);
    magnitude += want[i] * want[i];
  }
  return std::sqrt(difference / magnitude);
}

class QuantisedModels : public testing::TestWithParam<const char*> {};

TEST_P(QuantisedModels, AgreesWithFloat64) {
  NAGARE_SKIP_WITHOUT_CPU();
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/quant");
  const std::string type = GetParam();
  auto file = GgufFile::open(folder / (type + ".gguf"));
  ASSERT_TRUE(file) << file.error().message;
  auto model = test::make_runnable(std::move(*file), {.threads = 2});
  ASSERT_TRUE(model) << model.error().message;
  const auto got = test::outputs_of(*model, kTokens, kTokens.size());
  ASSERT_TRUE(got) << got.error().message;
  const auto want = read_npy(folder / (type + ".ref64.npy"));
  ASSERT_TRUE(want) << want.error().message;
  ASSERT_EQ(static_cast<int64_t>(got->size()), want->shape.elements());
  const auto peer = read_npy(folder / (type + ".logits.npy"));
  ASSERT_TRUE(peer) << peer.error().message;
  const std::vector<double> peers = peer->to_f64();
  const std::vector<float> peers_floats(peers.begin(), peers.end());
  const double largest = 1.1 * relative_rms(peers_floats, want->to_f64()) + 1e-6;
  EXPECT_LT(relative_rms(*got, want->to_f64()), largest);
}

INSTANTIATE_TEST_SUITE_P(Types, QuantisedModels,
                         testing::Values("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0",
                                         "IQ4_NL", "MXFP4", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS",
                                         "IQ3_S", "TQ1_0", "TQ2_0"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace nagare
