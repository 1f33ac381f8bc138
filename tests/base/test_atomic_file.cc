#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "support/test_data.h"

namespace nagare {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t files_in(const std::filesystem::path& folder) {
  return static_cast<size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

TEST(AtomicFile, AppearsWholeOnCommit) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out";
  auto file = AtomicFile::create(path);
  ASSERT_TRUE(file);
  const std::string small = "front";
  const std::string large(3u << 20, 'x');  // more than the buffer
  ASSERT_TRUE(file->write(std::as_bytes(std::span(small))));
  ASSERT_TRUE(file->write_zeros(5000));
  ASSERT_TRUE(file->write(std::as_bytes(std::span(large))));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(file->bytes_written(), 5 + 5000 + large.size());
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(content(path), small + std::string(5000, '\0') + large);
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFile, LeavesTheOldFileAndNoTraceWhenDropped) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out";
  std::ofstream(path) << "old";
  {
    auto file = AtomicFile::create(path);
    ASSERT_TRUE(file);
    AtomicFile moved = std::move(*file);
    ASSERT_TRUE(moved.write_zeros(100));
  }
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFile, FoldersAndDevicesAreRefused) {
  const test::TemporaryFolder folder;
  const auto link = folder.path() / "link";
  std::filesystem::create_symlink("/dev/null", link);
  for (const std::filesystem::path& path : {folder.path(), std::filesystem::path("/dev/null"), link}) {
    const auto file = AtomicFile::create(path);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().kind, ErrorKind::kBadInput);
  }
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(AtomicFile, AMissingFolderIsAnError) {
  const auto file = AtomicFile::create("/nonexistent/out");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "cannot write /nonexistent/out: No such file or directory");
}

// A size limit on files stands for a disk that is full: write() fails the same way.
[[noreturn]] void write_past_the_limit(const std::filesystem::path& path) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{.rlim_cur = 65536, .rlim_max = 65536};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  auto file = AtomicFile::create(path);
  Status status = file->write_zeros(100000);
  if (status) status = file->commit();
  if (!status) fmt::print(stderr, "{}\n", status.error().message);
  ::_exit(status ? 0 : 3);
}

TEST(AtomicFileDeathTest, AFullDiskIsReported) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "out";
  EXPECT_EXIT(write_past_the_limit(path), testing::ExitedWithCode(3), "cannot write .*/out: File too large");
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace nagare
