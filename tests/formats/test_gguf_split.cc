// Models split over several files: joined, or the part that is wrong named.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "formats/gguf/gguf_split.h"
#include "formats/gguf/gguf_writer.h"
#include "support/test_data.h"

namespace nagare {
namespace {

struct PartSpec {
  uint16_t number = 0;
  uint16_t count = 3;
  int32_t tensor_count = 3;
  std::string architecture = {};  // empty: not written
  std::string tensor = {};
};

std::string part_name(int number, int count = 3) {
  return fmt::format("model-{:05}-of-{:05}.gguf", number, count);
}

void write_part(const std::filesystem::path& path, const PartSpec& spec) {
  GgufBuilder builder;
  if (!spec.architecture.empty()) builder.add_string("general.architecture", spec.architecture);
  builder.add_u16("split.no", spec.number);
  builder.add_u16("split.count", spec.count);
  builder.add_i32("split.tensors.count", spec.tensor_count);
  builder.add_tensor(spec.tensor, DType::kF32, Shape(2, 4));
  auto writer = GgufWriter::create(path, builder);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(std::vector<std::byte>(32, static_cast<std::byte>(spec.number))));
  ASSERT_TRUE(writer->commit());
}

// Writes three sound parts, `change`d first; returns the result of opening part `opened`.
Result<GgufFile> open_changed(const std::filesystem::path& folder,
                              const std::function<void(std::vector<PartSpec>&)>& change, int opened = 1) {
  std::vector<PartSpec> parts{{.number = 0, .architecture = "llama", .tensor = "a"},
                              {.number = 1, .tensor = "b"},
                              {.number = 2, .tensor = "c"}};
  change(parts);
  for (size_t i = 0; i < parts.size(); ++i) write_part(folder / part_name(static_cast<int>(i) + 1), parts[i]);
  return open_gguf_model(folder / part_name(opened));
}

void expect_named(const Result<GgufFile>& model, std::string_view shard, std::string_view words) {
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find(shard), std::string::npos) << model.error().message;
  EXPECT_NE(model.error().message.find(words), std::string::npos) << model.error().message;
}

TEST(GgufSplit, PartsAreJoinedFromAnyOfThem) {
  for (const int opened : {1, 2, 3}) {
    const test::TemporaryFolder folder;
    const auto model = open_changed(folder.path(), [](auto&) {}, opened);
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->require_string("general.architecture").value(), "llama");
    ASSERT_EQ(model->tensors().size(), 3u);
    for (const std::string_view name : {"a", "b", "c"}) {
      const GgufTensor* tensor = model->find_tensor(name);
      ASSERT_NE(tensor, nullptr) << name;
      EXPECT_EQ(static_cast<uint32_t>(*tensor->view.data), tensor->part);
      model->advise_will_need(*tensor);
      model->release_pages(*tensor);
      EXPECT_EQ(static_cast<uint32_t>(*tensor->view.data), tensor->part);
    }
    EXPECT_FALSE(model->damaged());
  }
}

TEST(GgufSplit, AWholeModelIsOnePart) {
  const test::TemporaryFolder folder;
  GgufBuilder builder;
  builder.add_u16("split.count", 1);
  auto writer = GgufWriter::create(folder.path() / "whole.gguf", builder);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->commit());
  EXPECT_TRUE(open_gguf_model(folder.path() / "whole.gguf"));
}

TEST(GgufSplit, AMissingPartIsNamed) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(open_changed(folder.path(), [](auto&) {}));
  std::filesystem::remove(folder.path() / part_name(2));
  expect_named(open_gguf_model(folder.path() / part_name(1)), part_name(2), "is missing");
}

TEST(GgufSplit, ARepeatedPartIsNamed) {
  const test::TemporaryFolder folder;
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[2] = parts[1]; }), part_name(3),
               "repeated");
}

TEST(GgufSplit, AMiscountedPartIsNamed) {
  const test::TemporaryFolder folder;
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[1].count = 4; }), part_name(2),
               "of 4 parts");
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[1].number = 9; }), part_name(2),
               "split.no");
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[1].count = 0; }), part_name(2),
               "of 1 parts");
}

TEST(GgufSplit, APartOfAnotherModelIsNamed) {
  const test::TemporaryFolder folder;
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[2].tensor_count = 9; }), part_name(3),
               "another model");
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[1].architecture = "gpt2"; }), part_name(2),
               "key 'general.architecture' differs");
  expect_named(open_changed(folder.path(), [](auto& parts) { parts[2].tensor = parts[0].tensor; }),
               part_name(3), "repeats tensor 'a'");
}

TEST(GgufSplit, TheTensorsOfAllPartsAreCounted) {
  const test::TemporaryFolder folder;
  const auto model = open_changed(folder.path(), [](auto& parts) {
    for (PartSpec& part : parts) part.tensor_count = 4;
  });
  expect_named(model, part_name(1), "hold 3 tensors; split.tensors.count says 4");
}

TEST(GgufSplit, ADamagedPartIsNamed) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(open_changed(folder.path(), [](auto&) {}));
  const auto third = folder.path() / part_name(3);
  std::filesystem::resize_file(third, std::filesystem::file_size(third) - 1);
  expect_named(open_gguf_model(folder.path() / part_name(1)), part_name(3), "is the download complete?");
}

TEST(GgufSplit, ARenamedPartCannotLeadToTheOthers) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(open_changed(folder.path(), [](auto&) {}));
  std::filesystem::rename(folder.path() / part_name(1), folder.path() / "renamed.gguf");
  expect_named(open_gguf_model(folder.path() / "renamed.gguf"), "renamed.gguf",
               "does not end in -00001-of-00003.gguf");
}

TEST(GgufSplit, AnAbsurdCountIsRefused) {
  const test::TemporaryFolder folder;
  write_part(folder.path() / "x.gguf", {.number = 0, .count = 65535, .tensor = "a"});
  expect_named(open_gguf_model(folder.path() / "x.gguf"), "split.count", "from 0 to 999");
}

}  // namespace
}  // namespace nagare
