// Quantisation against llama-quantize: the same bytes for the plain types, on a whole small model.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "formats/gguf/gguf_file.h"
#include "support/test_data.h"
#include "tensor/dequantise.h"
#include "tensor/quantise.h"

namespace nagare {
namespace {

class QuantiseFile : public testing::TestWithParam<const char*> {};

TEST_P(QuantiseFile, HasTheReferencesBytes) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/quant");
  const auto exact = GgufFile::open(folder / "F32.gguf");
  const auto quantised = GgufFile::open(folder / (std::string(GetParam()) + ".gguf"));
  ASSERT_TRUE(exact) << exact.error().message;
  ASSERT_TRUE(quantised) << quantised.error().message;
  int compared = 0;
  for (const GgufTensor& tensor : quantised->tensors()) {
    if (tensor.view.dtype == DType::kF32) continue;
    const GgufTensor* source = exact->find_tensor(tensor.name);
    ASSERT_NE(source, nullptr) << tensor.name;
    const int64_t elements = source->view.shape.elements();
    std::vector<float> values(static_cast<size_t>(elements));
    dequantise_row(DType::kF32, source->view.data, values.data(), elements);
    std::vector<std::byte> bytes(static_cast<size_t>(tensor.view.bytes()));
    quantise_row(tensor.view.dtype, values.data(), bytes.data(), elements);
    EXPECT_TRUE(std::ranges::equal(bytes, std::span(tensor.view.data, bytes.size()))) << tensor.name;
    ++compared;
  }
  EXPECT_GE(compared, 8);
}

INSTANTIATE_TEST_SUITE_P(Types, QuantiseFile,
                         testing::Values("F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q6_K"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace nagare
