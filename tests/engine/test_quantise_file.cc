// A file written anew: what is kept, what changes, and that the pieces of a large tensor join.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "engine/quantise_file.h"
#include "formats/gguf/gguf_writer.h"
#include "support/test_data.h"
#include "tensor/quantise.h"

namespace nagare {
namespace {

constexpr int64_t kRowElements = 256;
constexpr int64_t kManyRows = (int64_t{1} << 15) + 3;  // a little more than is converted at once
constexpr int64_t kFewRows = 37;

// A model of one matrix in f16 and one vector in f32.
class OneMatrix : public testing::Test {
 protected:
  void write_input(int64_t rows) {
    numbers_.resize(static_cast<size_t>(rows * kRowElements));
    for (size_t i = 0; i < numbers_.size(); ++i)
      numbers_[i] = static_cast<float>(static_cast<int>(i * 7919 % 2003) - 1001) / 1024.0f;
    matrix_.resize(static_cast<size_t>(row_bytes(DType::kF16, rows * kRowElements)));
    quantise_row(DType::kF16, numbers_.data(), matrix_.data(), rows * kRowElements);
    GgufBuilder builder;
    builder.set_alignment(64);
    builder.add_string("general.architecture", "llama");
    builder.add_u32("general.file_type", 1);
    builder.add_string("test.kept", "流れ");
    builder.add_tensor("blk.0.ffn_up.weight", DType::kF16, Shape(rows, kRowElements));
    builder.add_tensor("output_norm.weight", DType::kF32, Shape(kRowElements));
    const std::vector<std::byte> norm(static_cast<size_t>(4 * kRowElements), std::byte{1});
    const auto bytes = gguf_in_memory(builder, std::vector<std::vector<std::byte>>{matrix_, norm});
    std::ofstream(in_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  test::TemporaryFolder folder_;
  std::filesystem::path in_ = folder_.path() / "in.gguf";
  std::filesystem::path out_ = folder_.path() / "out.gguf";
  std::vector<float> numbers_;
  std::vector<std::byte> matrix_;
};

TEST_F(OneMatrix, BecomesBf16PieceByPiece) {
  write_input(kManyRows);
  QuantiseOptions options{.target = *parse_quantise_target("BF16"), .threads = 2, .progress = {}};
  int64_t told = 0;
  options.progress = [&told](int64_t done, int64_t all) {
    EXPECT_GT(done, told);
    EXPECT_LE(done, all);
    told = done;
  };
  const auto report = quantise_file(in_, out_, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(told, report->bytes_before);
  const auto file = GgufFile::open(out_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->alignment(), 64u);
  EXPECT_EQ(file->string_or("test.kept", "").value_or(""), "流れ");
  EXPECT_EQ(file->require_u32("general.file_type").value_or(0), options.target.gguf_file_type);
  const GgufTensor* matrix = file->find_tensor("blk.0.ffn_up.weight");
  ASSERT_NE(matrix, nullptr);
  ASSERT_EQ(matrix->view.dtype, DType::kBF16);
  // The numbers are multiples of 1/1024 below 1: f16 holds them exactly.
  std::vector<std::byte> wanted(static_cast<size_t>(row_bytes(DType::kBF16, kManyRows * kRowElements)));
  quantise_row(DType::kBF16, numbers_.data(), wanted.data(), kManyRows * kRowElements);
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), matrix->view.data));
  const GgufTensor* norm = file->find_tensor("output_norm.weight");
  ASSERT_NE(norm, nullptr);
  EXPECT_EQ(norm->view.dtype, DType::kF32);
  EXPECT_EQ(norm->view.data[5], std::byte{1});
}

TEST_F(OneMatrix, ADryRunReportsTheSame) {
  write_input(kFewRows);
  QuantiseOptions options{
      .target = *parse_quantise_target("F16"), .threads = 1, .dry_run = true, .progress = {}};
  const auto copied = quantise_file(in_, out_, options);
  ASSERT_TRUE(copied) << copied.error().message;
  EXPECT_FALSE(copied->tensors[0].error.has_value()) << "it is f16 already";
  options.target = *parse_quantise_target("BF16");
  const auto report = quantise_file(in_, out_, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(std::filesystem::exists(out_));
  ASSERT_EQ(report->tensors.size(), 2u);
  EXPECT_EQ(report->elements, kFewRows * kRowElements + kRowElements);
  EXPECT_EQ(report->bytes_after, 2 * kFewRows * kRowElements + 4 * kRowElements);
  ASSERT_TRUE(report->tensors[0].error.has_value());
  // Rounding to eight bits: at most 2^-9 of a number, and about 0.4 of that on average.
  EXPECT_GT(*report->tensors[0].error, 0.0003);
  EXPECT_LT(*report->tensors[0].error, 0.002);
}

TEST_F(OneMatrix, TheInputIsNotReplaced) {
  write_input(kFewRows);
  QuantiseOptions options{.target = *parse_quantise_target("Q8_0"), .threads = 1, .progress = {}};
  EXPECT_FALSE(quantise_file(in_, in_, options));
  std::filesystem::create_hard_link(in_, out_);
  EXPECT_FALSE(quantise_file(in_, out_, options)) << "another name of the same file";
}

}  // namespace
}  // namespace nagare
