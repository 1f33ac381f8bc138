// Hostile files: each must be refused with one line that says what is wrong, whatever the bytes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "formats/gguf/check_finite.h"
#include "formats/gguf/gguf_file.h"
#include "formats/gguf_bytes.h"
#include "support/test_data.h"

namespace nagare {
namespace {

using test::GgufBytes;
using test::small_valid_gguf;

constexpr uint32_t kTypeF32 = 0;
constexpr uint32_t kTypeQ4_0 = 2;

// The error of parsing `bytes`, checked to be one line fit for a user; "accepted" if there is none.
std::string refusal(std::span<const std::byte> bytes) {
  const auto file = GgufFile::parse(bytes);
  if (file) return "accepted";
  const std::string& message = file.error().message;
  EXPECT_EQ(exit_code(file.error().kind), 2) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  EXPECT_LT(message.size(), 400u) << message;
  return message;
}
std::string refusal(const GgufBytes& file) {
  return refusal(file.bytes());
}

#define EXPECT_REFUSED(file, words) EXPECT_NE(refusal(file).find(words), std::string::npos) << refusal(file)

// A file with one f32 tensor 'x' of these dimensions and offset, and `data_bytes` of data.
GgufBytes one_tensor(std::vector<uint64_t> dims, uint64_t offset = 0, size_t data_bytes = 64) {
  GgufBytes file(1, 0);
  file.tensor("x", std::move(dims), kTypeF32, offset).data(data_bytes);
  return file;
}

TEST(GgufHostile, WhatIsNotGguf) {
  EXPECT_EQ(refusal(std::vector<std::byte>{}), "not GGUF (0 bytes)");
  const auto bytes_of = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  EXPECT_EQ(refusal(bytes_of("GG")), "not GGUF (2 bytes)");
  EXPECT_REFUSED(bytes_of("PK\x03\x04 a zip archive"), "not GGUF (18 bytes, starting with 'PK\\x03\\x04')");
  EXPECT_REFUSED(bytes_of("FUGG\x03 and more"), "byte-swapped");
  EXPECT_REFUSED(bytes_of("tjgg an old file of ggml"), "before GGUF");
  EXPECT_REFUSED(bytes_of("GGUF"), "ends before the version");
}

TEST(GgufHostile, VersionsAreNamed) {
  EXPECT_REFUSED(GgufBytes(0, 0, 0), "version 0 ");
  EXPECT_REFUSED(GgufBytes(0, 0, 1), "version 1 ");
  EXPECT_REFUSED(GgufBytes(0, 0, 4), "version 4 ");
  EXPECT_REFUSED(GgufBytes(0, 0, 0xffffffffu), "version 4294967295 ");
  EXPECT_REFUSED(GgufBytes(0, 0, 0x03000000u), "big-endian (version 3)");
  EXPECT_EQ(refusal(GgufBytes(0, 0, 2)), "accepted");
  EXPECT_EQ(refusal(GgufBytes(0, 0, 3)), "accepted");
}

TEST(GgufHostile, TruncatedAtEveryByte) {
  const std::vector<std::byte> whole = small_valid_gguf();
  ASSERT_EQ(refusal(whole), "accepted");
  for (size_t length = 0; length < whole.size(); ++length) {
    // An exact copy, so that AddressSanitizer sees the first byte read past the end.
    const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(refusal(part), "accepted") << length;
  }
}

TEST(GgufHostile, AnyByteChangedIsNoCrash) {
  const std::vector<std::byte> whole = small_valid_gguf();
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<std::byte> changed = whole;
      changed[at] = static_cast<std::byte>(value);
      const auto file = GgufFile::parse(changed);
      if (!file) continue;
      const auto finite = check_finite(*file);
      if (!finite) EXPECT_FALSE(finite.error().message.empty());
    }
  }
}

TEST(GgufHostile, CountsBeyondTheFile) {
  for (const uint64_t count :
       {uint64_t{1} << 63, UINT64_MAX, uint64_t{1} << 60, UINT64_MAX / 24 + 2, uint64_t{1}}) {
    EXPECT_REFUSED(GgufBytes(count, 0), "tensors are declared, but only 0 bytes follow");
  }
  for (const uint64_t count : {uint64_t{1} << 62, UINT64_MAX, UINT64_MAX / 13 + 2, uint64_t{1}}) {
    EXPECT_REFUSED(GgufBytes(0, count), "keys are declared, but only 0 bytes follow");
  }
}

TEST(GgufHostile, StringsBeyondTheFile) {
  for (const uint64_t length : {uint64_t{100}, UINT64_MAX, uint64_t{1} << 63, UINT64_MAX - 7}) {
    EXPECT_REFUSED(GgufBytes(0, 1).number(length).text("general.name      "), "inside key 1 of 1");
    EXPECT_REFUSED(GgufBytes(0, 1).key("general.name", GgufType::kString).number(length),
                   "inside key 1 of 1 ('general.name')");
    EXPECT_REFUSED(GgufBytes(0, 1).array("names", GgufType::kString, 1).number(length),
                   "key 1 of 1 ('names')");
    EXPECT_REFUSED(GgufBytes(1, 0).number(length).data(100), "inside tensor 1 of 1");
  }
}

TEST(GgufHostile, ArraysBeyondTheFile) {
  for (const uint64_t count : {uint64_t{1} << 62, uint64_t{1} << 61, UINT64_MAX, uint64_t{3}}) {
    for (const GgufType type : {GgufType::kU32, GgufType::kU64, GgufType::kString}) {
      EXPECT_REFUSED(GgufBytes(0, 1).array("many", type, count).number(uint64_t{0}), "('many')");
    }
  }
  EXPECT_REFUSED(GgufBytes(0, 1).array("nested", GgufType::kArray, 1).number(uint64_t{0}), "array of arrays");
  EXPECT_REFUSED(GgufBytes(0, 1).array("odd", static_cast<GgufType>(13), 1).number(uint64_t{0}),
                 "unknown type 13");
  EXPECT_REFUSED(GgufBytes(0, 1).key("odd", static_cast<GgufType>(0xffffffffu)).number(uint64_t{0}),
                 "unknown type 4294967295");
  EXPECT_REFUSED(GgufBytes(0, 1).key("flag", GgufType::kBool).number(uint8_t{2}), "bool with the value 2");
}

TEST(GgufHostile, ShapesThatOverflow) {
  const auto max = static_cast<uint64_t>(INT64_MAX);
  EXPECT_REFUSED(one_tensor({max, 2, 1, 1}), "tensor 'x' has more elements than can be counted");
  EXPECT_REFUSED(one_tensor({uint64_t{1} << 32, uint64_t{1} << 32}), "more elements than can be counted");
  EXPECT_REFUSED(one_tensor({0}), "dimension of 0");
  EXPECT_REFUSED(one_tensor({4, 0}), "dimension of 0");
  EXPECT_REFUSED(one_tensor({UINT64_MAX}), "dimension of -1");
  EXPECT_REFUSED(one_tensor({uint64_t{1} << 63}), "dimension of -9223372036854775808");
  EXPECT_REFUSED(one_tensor({max}), "larger than any file");
  EXPECT_REFUSED(one_tensor({uint64_t{1} << 62}), "larger than any file");
  EXPECT_REFUSED(one_tensor({uint64_t{1} << 60}), "bytes past the file");
  EXPECT_REFUSED(one_tensor({1, 1, 1, 1, 1}), "has 5 dimensions");
  EXPECT_EQ(refusal(one_tensor({})), "accepted") << "a scalar";
}

TEST(GgufHostile, OffsetsBeyondTheFile) {
  EXPECT_EQ(refusal(one_tensor({16})), "accepted");
  EXPECT_EQ(refusal(one_tensor({8}, 32)), "accepted");
  EXPECT_REFUSED(one_tensor({17}), "tensor 'x' ends 4 bytes past the file; is the download complete?");
  EXPECT_REFUSED(one_tensor({3088}), "ends 12,288 bytes past the file");
  EXPECT_REFUSED(one_tensor({9}, 32), "ends 4 bytes past the file");
  EXPECT_REFUSED(one_tensor({8}, 16), "not a multiple of the alignment 32");
  EXPECT_REFUSED(one_tensor({8}, 64), "past the file");
  EXPECT_REFUSED(one_tensor({8}, UINT64_MAX - 31), "larger than any file");
  EXPECT_REFUSED(one_tensor({8}, (UINT64_MAX >> 1) - 31), "past the file");
  GgufBytes no_data(1, 0);
  no_data.tensor("x", {8}, kTypeF32, 0);
  EXPECT_REFUSED(no_data, "past the file");
}

TEST(GgufHostile, TensorsThatOverlap) {
  GgufBytes file(2, 0);
  file.tensor("first", {16}, kTypeF32, 0).tensor("second", {8}, kTypeF32, 32).data(64);
  EXPECT_REFUSED(file, "tensors 'first' and 'second' overlap");
  GgufBytes same(2, 0);
  same.tensor("first", {8}, kTypeF32, 0).tensor("second", {8}, kTypeF32, 0).data(64);
  EXPECT_REFUSED(same, "overlap");
  GgufBytes apart(2, 0);
  apart.tensor("late", {8}, kTypeF32, 64).tensor("early", {8}, kTypeF32, 0).data(96);
  EXPECT_EQ(refusal(apart), "accepted") << "a gap and any order are allowed";
}

TEST(GgufHostile, Alignment) {
  for (const uint32_t alignment : {0u, 1u, 3u, 4u, 33u, 1u << 31, UINT32_MAX}) {
    EXPECT_REFUSED(GgufBytes(0, 1).key("general.alignment", GgufType::kU32).number(alignment),
                   "key 'general.alignment' is");
  }
  EXPECT_REFUSED(GgufBytes(0, 1).key("general.alignment", GgufType::kU64).number(uint64_t{32}),
                 "of type u64");
  EXPECT_REFUSED(GgufBytes(0, 1).key("general.alignment", GgufType::kString).string("32"), "of type string");
  for (const uint32_t alignment : {8u, 64u, 4096u}) {
    GgufBytes file(2, 1);
    file.key("general.alignment", GgufType::kU32).number(alignment);
    file.tensor("x", {1}, kTypeF32, 0).tensor("y", {1}, kTypeF32, alignment).data(alignment + 4, alignment);
    EXPECT_EQ(refusal(file), "accepted") << alignment;
  }
}

TEST(GgufHostile, NamesThatOccurTwice) {
  GgufBytes keys(0, 3);
  for (const char* name : {"a", "b", "a"}) keys.key(name, GgufType::kU8).number(uint8_t{1});
  EXPECT_REFUSED(keys, "key 'a' occurs twice");
  GgufBytes tensors(3, 0);
  tensors.tensor("a", {8}, kTypeF32, 0)
      .tensor("b", {8}, kTypeF32, 32)
      .tensor("a", {8}, kTypeF32, 64)
      .data(96);
  EXPECT_REFUSED(tensors, "tensor 'a' occurs twice");
}

TEST(GgufHostile, ElementTypes) {
  for (const uint32_t type : {4u, 5u, 9u, 15u, 31u, 32u, 33u, 36u, 37u, 38u, 1000u, UINT32_MAX}) {
    GgufBytes file(1, 0);
    file.tensor("w", {256}, type, 0).data(4096);
    EXPECT_REFUSED(file, fmt::format("tensor 'w' has element type {}", type));
  }
  GgufBytes ragged(1, 0);
  ragged.tensor("w", {33}, kTypeQ4_0, 0).data(4096);
  EXPECT_REFUSED(ragged, "rows of 33 elements, not a multiple of q4_0's block of 32");
  GgufBytes scalar(1, 0);
  scalar.tensor("w", {}, kTypeQ4_0, 0).data(4096);
  EXPECT_REFUSED(scalar, "rows of 1 elements");
}

TEST(GgufHostile, NamesCannotBreakTheLine) {
  GgufBytes file(1, 0);
  file.tensor(fmt::format("evil\n\x1b[31m'{:a<500}", ""), {0}, kTypeF32, 0).data(64);
  EXPECT_REFUSED(file, "'evil\\x0a\\x1b[31m\\x27aaaa");
}

TEST(GgufHostile, AFileThatShrinksWhileMapped) {
  ASSERT_TRUE(install_mapped_file_guard());
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  GgufBuilder builder;
  builder.add_tensor("big", DType::kF32, Shape(64, 1024));
  auto writer = GgufWriter::create(path, builder);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(std::vector<std::byte>(64 * 1024 * 4, std::byte{1})));
  ASSERT_TRUE(writer->commit());
  const auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(check_finite(*file));
  EXPECT_FALSE(file->damaged());
  ASSERT_EQ(::truncate(path.c_str(), 100), 0);
  const Status status = check_finite(*file);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "gguf: the file became shorter while it was read");
  EXPECT_TRUE(file->damaged());
}

}  // namespace
}  // namespace nagare
