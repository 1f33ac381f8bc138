// Dequantisation against llama.cpp's, bit for bit, on tensors of every type that its tools can write.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "formats/gguf/gguf_file.h"
#include "formats/npy/npy_file.h"
#include "support/test_data.h"
#include "tensor/dequantise.h"

namespace nagare {
namespace {

class DequantiseFile : public testing::TestWithParam<const char*> {};

TEST_P(DequantiseFile, HasTheReferencesBits) {
  const auto folder = NAGARE_TEST_DATA_OR_SKIP("llm/quant");
  const std::string type = GetParam();
  const auto file = GgufFile::open(folder / (type + ".gguf"));
  ASSERT_TRUE(file) << file.error().message;
  const auto expected_array = read_npy(folder / (type + ".ffn_down.dequant.npy"));
  ASSERT_TRUE(expected_array) << expected_array.error().message;
  const std::vector<float> expected = expected_array->to_f32();
  const GgufTensor* tensor = file->find_tensor("blk.0.ffn_down.weight");
  ASSERT_NE(tensor, nullptr);
  ASSERT_EQ(tensor->view.shape, expected_array->shape);

  const Shape& shape = tensor->view.shape;
  std::vector<float> row(static_cast<size_t>(shape.row_elements()));
  for (int64_t r = 0; r < shape.rows(); ++r) {
    dequantise_row(tensor->view.dtype, tensor->view.row(r), row.data(), shape.row_elements());
    ASSERT_EQ(std::memcmp(row.data(), expected.data() + r * shape.row_elements(), row.size() * sizeof(float)),
              0)
        << "row " << r;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, DequantiseFile,
                         testing::Values("BF16", "F16", "IQ3_S", "IQ4_NL", "IQ4_XS", "MXFP4", "Q2_K", "Q3_K",
                                         "Q4_0", "Q4_1", "Q4_K", "Q5_0", "Q5_1", "Q5_K", "Q6_K", "Q8_0",
                                         "TQ1_0", "TQ2_0"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace nagare
