#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "formats/npy/npy_file.h"
#include "support/test_data.h"

namespace nagare {
namespace {

// A version 1 file with `header` as its dictionary and `data_bytes` zeros.
std::vector<std::byte> npy_with(const std::string& header, size_t data_bytes) {
  std::string text = "\x93NUMPY";
  text += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  text += header;
  text.append(data_bytes, '\0');
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(Npy, WhatIsWrittenReadsBack) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out.npy";
  const std::vector<float> values{1.5f, -2.0f, 0.0f, 1e-30f, 7.0f, 8.0f};
  for (const Shape& shape : {Shape(6), Shape(2, 3), Shape(1, 3, 2)}) {
    ASSERT_TRUE(write_npy(path, shape, values));
    const auto array = read_npy(path);
    ASSERT_TRUE(array) << array.error().message;
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->dtype, DType::kF32);
    EXPECT_EQ(array->to_f32(), values);
    EXPECT_EQ(array->to_f64()[0], 1.5);
  }
}

TEST(Npy, PiecesMakeTheWholeOrNothing) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out.npy";
  for (const size_t count : {size_t{5}, size_t{7}, size_t{6}}) {
    auto writer = NpyWriter::create(path, Shape(2, 3));
    ASSERT_TRUE(writer) << writer.error().message;
    for (size_t i = 0; i < count; ++i) {
      const auto number = static_cast<float>(i);
      ASSERT_TRUE(writer->append(std::span(&number, 1)));
    }
    EXPECT_EQ(writer->commit().has_value(), count == 6) << count;
    EXPECT_EQ(std::filesystem::exists(path), count == 6) << count;
  }
  const auto array = read_npy(path);
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->to_f32(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(Npy, ReadsWhatNumPyWrote) {
  const auto path = NAGARE_TEST_DATA_OR_SKIP("llm/quant/Q4_0.ref64.npy");
  const auto array = read_npy(path);
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->shape, Shape(24, 512));
  EXPECT_EQ(array->to_f64().size(), 24u * 512u);
}

TEST(Npy, ReadsIntegersAndScalars) {
  const auto array = parse_npy(npy_with("{'descr': '<i4', 'fortran_order': False, 'shape': (), }", 4));
  ASSERT_TRUE(array) << array.error().message;
  EXPECT_EQ(array->dtype, DType::kI32);
  EXPECT_EQ(array->to_f32(), std::vector<float>{0.0f});
}

TEST(Npy, RefusesWhatItCannotRead) {
  const char* headers[] = {
      "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1",
      "{",
      "",
      "{'other': 1}",
  };
  for (const char* header : headers) EXPECT_FALSE(parse_npy(npy_with(header, 4))) << header;
  EXPECT_FALSE(parse_npy({}));
}

TEST(Npy, TruncatedAtEveryByteIsAnError) {
  const auto whole = npy_with("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 24);
  ASSERT_TRUE(parse_npy(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(parse_npy(part)) << length;
  }
}

}  // namespace
}  // namespace nagare
