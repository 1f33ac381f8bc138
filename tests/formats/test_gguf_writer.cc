// The writer, read back; and the getters on what it wrote.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "formats/gguf/check_finite.h"
#include "formats/gguf/gguf_file.h"
#include "formats/gguf/gguf_writer.h"
#include "formats/gguf_bytes.h"
#include "support/test_data.h"

namespace nagare {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<std::byte> bytes_of(std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

TEST(GgufWriter, EveryValueReadsBack) {
  const auto bytes = test::small_valid_gguf();
  const auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->alignment(), 32u);
  EXPECT_EQ(file->file_bytes(), bytes.size());
  EXPECT_EQ(file->metadata().size(), 11u);
  EXPECT_EQ(file->require_string("general.architecture").value(), "llama");
  EXPECT_EQ(file->require_u32("test.u8").value(), 200u);
  EXPECT_EQ(file->require_u32("test.u16").value(), 60000u);
  EXPECT_EQ(file->require_u64("test.u64").value(), uint64_t{1} << 40);
  EXPECT_EQ(file->find("test.i32")->integer<int32_t>(), -5);
  EXPECT_EQ(file->require_f32("llama.rope.freq_base").value(), 10000.0f);
  EXPECT_TRUE(file->require_bool("test.bool").value());
  const auto tokens = file->require_strings("tokenizer.ggml.tokens").value();
  EXPECT_EQ(std::vector(tokens.begin(), tokens.end()), (std::vector<std::string_view>{"a", "", "流"}));
  EXPECT_EQ(file->require_f32s("tokenizer.ggml.scores").value(), (std::vector{0.0f, -1.0f, -2.0f}));
  EXPECT_EQ(file->require_i32s("tokenizer.ggml.token_type").value(), (std::vector{1, 3, 1}));
  ASSERT_EQ(file->tensors().size(), 3u);
  const GgufTensor* tensor = file->find_tensor("blk.0.attn_q.weight");
  ASSERT_NE(tensor, nullptr);
  EXPECT_EQ(tensor->view.shape, Shape(2, 32));
  EXPECT_EQ(tensor->view.bytes(), 36);
  EXPECT_EQ(tensor->view.data, bytes.data() + tensor->file_offset);
  EXPECT_EQ(tensor->file_offset % 32, 0u);
}

TEST(GgufWriter, ValuesCopiedFromAFileAreTheSame) {
  const auto bytes = test::small_valid_gguf();
  const auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file);
  GgufBuilder builder;
  for (const GgufKeyValue& entry : file->metadata()) builder.add(entry.key, entry.value);
  const auto copy_bytes = gguf_in_memory(builder, {});
  const auto copy = GgufFile::parse(copy_bytes);
  ASSERT_TRUE(copy) << copy.error().message;
  ASSERT_EQ(copy->metadata().size(), file->metadata().size());
  for (const GgufKeyValue& entry : file->metadata()) {
    ASSERT_NE(copy->find(entry.key), nullptr);
    EXPECT_EQ(*copy->find(entry.key), entry.value) << entry.key;
  }
}

TEST(GgufWriter, StreamsToDiskInPieces) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out.gguf";
  GgufBuilder builder;
  builder.set_alignment(64);
  builder.add_tensor("a", DType::kF32, Shape(3));
  builder.add_tensor("b", DType::kF32, Shape(2, 5));
  const auto a = bytes_of(std::vector{1.0f, 2.0f, 3.0f});
  const auto b = bytes_of(std::vector<float>(10, 7.0f));
  auto writer = GgufWriter::create(path, builder);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(std::span(a).first(5)));
  ASSERT_TRUE(writer->append(std::span(a).subspan(5)));
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(writer->append(b));
  EXPECT_FALSE(writer->append(a)) << "no tensor is left";
  ASSERT_TRUE(writer->commit());
  const auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  const GgufTensor* tensor = file->require_tensor("b").value();
  EXPECT_EQ(tensor->file_offset % 64, 0u);
  EXPECT_TRUE(std::ranges::equal(std::span(tensor->view.data, 40), b));
  const auto in_memory = gguf_in_memory(builder, std::vector{a, b});
  EXPECT_EQ(std::filesystem::file_size(path), in_memory.size());
}

TEST(GgufWriter, AMissingTensorIsAnErrorAndNoFile) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out.gguf";
  GgufBuilder builder;
  builder.add_tensor("a", DType::kF32, Shape(3));
  {
    auto writer = GgufWriter::create(path, builder);
    ASSERT_TRUE(writer);
    EXPECT_FALSE(writer->append(std::vector<std::byte>(13)));
    const Status status = writer->commit();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "gguf: only 0 of 1 tensors were written");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(GgufGetters, ErrorsNameTheKey) {
  const auto bytes = test::small_valid_gguf();
  const auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->require_u32("llama.context_length").error().message,
            "gguf: key 'llama.context_length' is missing");
  EXPECT_EQ(file->require_u32("general.architecture").error().message,
            "gguf: key 'general.architecture' is of type string; expected u32");
  EXPECT_EQ(file->require_string("tokenizer.ggml.tokens").error().message,
            "gguf: key 'tokenizer.ggml.tokens' is of type array of string; expected string");
  EXPECT_EQ(file->require_u32("test.i32").error().message,
            "gguf: key 'test.i32' is -5, which does not fit u32");
  EXPECT_EQ(file->require_u32("test.u64").error().message,
            "gguf: key 'test.u64' is 1099511627776, which does not fit u32");
  EXPECT_EQ(file->require_u32_in("llama.block_count", 3, 9).error().message,
            "gguf: key 'llama.block_count' is 2; it must be from 3 to 9");
  EXPECT_EQ(file->require_f32_in("llama.rope.freq_base", 0.0f, 100.0f).error().message,
            "gguf: key 'llama.rope.freq_base' is 10000; it must be from 0 to 100");
  EXPECT_FALSE(file->require_bool("test.u8"));
  EXPECT_FALSE(file->require_i32s("tokenizer.ggml.scores"));
  EXPECT_FALSE(file->require_f32s("tokenizer.ggml.token_type"));
  EXPECT_FALSE(file->require_strings("tokenizer.ggml.scores"));
  EXPECT_FALSE(file->require_tensor("absent"));
}

TEST(GgufGetters, DefaultsStandInForMissingKeysOnly) {
  const auto bytes = test::small_valid_gguf();
  const auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->u32_or("absent", 7).value(), 7u);
  EXPECT_EQ(file->u32_or("llama.block_count", 7).value(), 2u);
  EXPECT_FALSE(file->u32_or("general.architecture", 7)) << "a wrong type is never replaced";
  EXPECT_FALSE(file->u32_in_or("llama.block_count", 3, 9, 7));
  EXPECT_EQ(file->f32_or("absent", 0.5f).value(), 0.5f);
  EXPECT_EQ(file->f32_in_or("absent", 1.0f, 2.0f, 1.5f).value(), 1.5f);
  EXPECT_TRUE(file->bool_or("absent", true).value());
  EXPECT_EQ(file->string_or("absent", "x").value(), "x");
  EXPECT_TRUE(file->strings_or_none("absent").value().empty());
  EXPECT_TRUE(file->i32s_or_none("absent").value().empty());
  EXPECT_TRUE(file->f32s_or_none("absent").value().empty());
}

TEST(GgufGetters, FloatsOutOfRangeAreRefused) {
  GgufBuilder builder;
  builder.add_f32("nan", kNaN);
  builder.add_f32("infinite", kInfinity);
  const auto bytes = gguf_in_memory(builder, {});
  const auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->require_f32_in("nan", 0.0f, 1e9f));
  EXPECT_FALSE(file->require_f32_in("infinite", 0.0f, 1e9f));
  EXPECT_TRUE(file->require_f32("nan"));
}

TEST(GgufFileMove, PointersStayValid) {
  const auto bytes = test::small_valid_gguf();
  auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file);
  const GgufTensor* tensor = file->find_tensor("output_norm.weight");
  const GgufValue* tokens = file->find("tokenizer.ggml.tokens");
  const GgufFile moved = std::move(*file);
  EXPECT_EQ(moved.find_tensor("output_norm.weight"), tensor);
  EXPECT_EQ(moved.find("tokenizer.ggml.tokens"), tokens);
  EXPECT_EQ(tokens->strings[2], "流");
}

// A file with one tensor 'w' of `dtype`, its bytes as given.
std::vector<std::byte> file_with(DType dtype, int64_t elements, std::vector<std::byte> data) {
  GgufBuilder builder;
  builder.add_tensor("sound", DType::kF32, Shape(8));
  builder.add_tensor("w", dtype, Shape(elements));
  return gguf_in_memory(builder, std::vector{std::vector<std::byte>(32), std::move(data)});
}

TEST(CheckFinite, NamesTheTensorAndThePlace) {
  std::vector<float> values(9000, 1.0f);
  values[8500] = kNaN;
  const auto bytes = file_with(DType::kF32, 9000, bytes_of(values));
  const auto file = GgufFile::parse(bytes);
  ASSERT_TRUE(file);
  const Status status = check_finite(*file);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "gguf: tensor 'w' holds NaN or an infinity (row 0, element 8500); the file is damaged");
}

TEST(CheckFinite, FindsABadScaleInEveryType) {
  for (const DTypeTraits& t : all_dtypes()) {
    constexpr int64_t kElements = 512;
    std::vector<std::byte> data(static_cast<size_t>(row_bytes(t.dtype, kElements)));
    const auto zeros = file_with(t.dtype, kElements, data);
    const auto sound = GgufFile::parse(zeros);
    ASSERT_TRUE(sound) << t.name << ": " << sound.error().message;
    EXPECT_TRUE(check_finite(*sound)) << t.name;
    // All ones: NaN in every 16-bit or wider float. Integers and nvfp4 (no infinities) stay finite.
    std::ranges::fill(data, std::byte{0xff});
    const auto ones = file_with(t.dtype, kElements, data);
    const auto bad = GgufFile::parse(ones);
    ASSERT_TRUE(bad);
    const bool can_be_infinite = (t.block_elements > 1 || t.name.contains('f')) && t.dtype != DType::kNVFP4;
    EXPECT_EQ(check_finite(*bad).has_value(), !can_be_infinite) << t.name;
  }
}

}  // namespace
}  // namespace nagare
