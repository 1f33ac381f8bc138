#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "base/mapped_file.h"
#include "base/printable.h"
#include "support/test_data.h"

namespace nagare {
namespace {

std::filesystem::path write_file(const test::TemporaryFolder& folder, const std::string& bytes) {
  const std::filesystem::path path = folder.path() / "file";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

size_t page_bytes() {
  return static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

// Reads every page; a volatile sum so that no read is left out.
unsigned sum_of(std::span<const std::byte> bytes) {
  volatile unsigned sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 512) sum = sum + static_cast<unsigned>(bytes[i]);
  return sum;
}

TEST(MappedFile, ShowsTheBytesOfTheFile) {
  const test::TemporaryFolder folder;
  const std::string text = "the bytes as they lie on disk";
  auto file = MappedFile::open(write_file(folder, text));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->bytes().size(), text.size());
  EXPECT_EQ(std::memcmp(file->bytes().data(), text.data(), text.size()), 0);
  EXPECT_FALSE(file->damaged());
}

TEST(MappedFile, AnEmptyFileHasEmptyBytes) {
  const test::TemporaryFolder folder;
  const auto file = MappedFile::open(write_file(folder, ""));
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, MovingKeepsTheBytes) {
  const test::TemporaryFolder folder;
  auto file = MappedFile::open(write_file(folder, "abc"));
  ASSERT_TRUE(file);
  const std::byte* data = file->bytes().data();
  MappedFile moved = std::move(*file);
  EXPECT_EQ(moved.bytes().data(), data);
  MappedFile assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.bytes().size(), 3u);
}

TEST(MappedFile, RefusesWhatIsNotARegularFile) {
  const test::TemporaryFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::pair<std::filesystem::path, const char*> cases[] = {
      {folder.path(), "a folder"}, {pipe, "a pipe"}, {"/dev/zero", "a device"}, {"/dev/null", "a device"}};
  for (const auto& [path, kind] : cases) {
    const auto file = MappedFile::open(path);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().kind, ErrorKind::kBadInput);
    EXPECT_NE(file.error().message.find(kind), std::string::npos) << file.error().message;
    EXPECT_NE(file.error().message.find(path.string()), std::string::npos);
  }
}

TEST(MappedFile, AMissingFileIsNamed) {
  const auto file = MappedFile::open("/nonexistent/model.gguf");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "cannot open /nonexistent/model.gguf: No such file or directory");
}

TEST(MappedFile, ManyFilesOpenAndCloseWithoutRunningOut) {
  const test::TemporaryFolder folder;
  const auto path = write_file(folder, "abc");
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(MappedFile::open(path)) << i;
}

TEST(MappedFile, ReleasedPagesAreReadAgain) {
  const test::TemporaryFolder folder;
  const std::string bytes(5 * page_bytes() + 77, 'x');
  const auto file = MappedFile::open(write_file(folder, bytes));
  ASSERT_TRUE(file);
  const unsigned before = sum_of(file->bytes());
  file->advise_will_need(100, bytes.size());
  file->release_pages(0, bytes.size());
  file->release_pages(3, 2 * page_bytes());
  file->release_pages(bytes.size() + 1, 10);
  file->advise_will_need(bytes.size() + 1, SIZE_MAX);
  file->release_pages(page_bytes(), SIZE_MAX);
  EXPECT_EQ(sum_of(file->bytes()), before);
}

TEST(MappedFileGuard, AFileThatShrinksReadsAsZerosAndSaysSo) {
  ASSERT_TRUE(install_mapped_file_guard());
  const test::TemporaryFolder folder;
  const auto path = write_file(folder, std::string(64 * page_bytes(), 'x'));
  const auto file = MappedFile::open(path);
  const auto other = MappedFile::open(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(other);
  ASSERT_EQ(sum_of(file->bytes()), 64 * page_bytes() / 512 * 'x');
  EXPECT_FALSE(file->damaged());

  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(10 * page_bytes() + 5)), 0);
  EXPECT_EQ(sum_of(file->bytes().subspan(0, 10 * page_bytes())), 10 * page_bytes() / 512 * 'x');
  EXPECT_FALSE(file->damaged()) << "the part that is left is sound";
  EXPECT_EQ(sum_of(file->bytes().subspan(20 * page_bytes())), 0u);
  EXPECT_TRUE(file->damaged());
  EXPECT_EQ(sum_of(file->bytes().subspan(11 * page_bytes())), 0u) << "a fault before the first one";
  EXPECT_FALSE(other->damaged()) << "another mapping of the file was not touched";

  ASSERT_EQ(::truncate(path.c_str(), 0), 0);
  EXPECT_EQ(sum_of(file->bytes()), 0u);
  EXPECT_EQ(sum_of(other->bytes()), 0u);
  EXPECT_TRUE(other->damaged());
}

TEST(MappedFileGuard, ANewMappingInAUsedSlotIsSound) {
  ASSERT_TRUE(install_mapped_file_guard());
  const test::TemporaryFolder folder;
  const auto path = write_file(folder, std::string(page_bytes(), 'x'));
  {
    const auto file = MappedFile::open(path);
    ASSERT_TRUE(file);
    ASSERT_EQ(::truncate(path.c_str(), 0), 0);
    sum_of(file->bytes());
    ASSERT_TRUE(file->damaged());
  }
  const auto again = MappedFile::open(write_file(folder, "sound"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->damaged());
}

TEST(MappedFileGuard, FilesThatComeAndGoDoNotDisturbAFault) {
  ASSERT_TRUE(install_mapped_file_guard());
  const test::TemporaryFolder folder;
  const auto sound_path = folder.path() / "sound";
  std::ofstream(sound_path, std::ios::binary) << std::string(4 * page_bytes(), 'y');
  const auto watched = MappedFile::open(sound_path);
  ASSERT_TRUE(watched);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread opener([&] {
    while (!stop) {
      const auto file = MappedFile::open(sound_path);
      if (!file || sum_of(file->bytes()) != 4 * page_bytes() / 512 * 'y' || file->damaged()) ++wrong;
    }
  });
  for (int i = 0; i < 300; ++i) {
    const auto file = MappedFile::open(write_file(folder, std::string(4 * page_bytes(), 'x')));
    ASSERT_TRUE(file);
    ASSERT_EQ(::truncate((folder.path() / "file").c_str(), 0), 0);
    EXPECT_EQ(sum_of(file->bytes()), 0u);
    EXPECT_TRUE(file->damaged());
  }
  stop = true;
  opener.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(watched->damaged());
}

TEST(MappedFileGuardDeathTest, ABusErrorFromElsewhereStillEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::signal(SIGBUS, SIG_DFL);
        if (install_mapped_file_guard()) ::raise(SIGBUS);
      },
      testing::KilledBySignal(SIGBUS), "");
}

TEST(MappedFileGuardDeathTest, TheHandlerBeforeItIsCalled) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        ::signal(SIGBUS, [](int) { ::_exit(42); });
        if (install_mapped_file_guard()) ::raise(SIGBUS);
      },
      testing::ExitedWithCode(42), "");
}

TEST(Printable, HostileNamesStayOnOneLine) {
  EXPECT_EQ(printable("blk.0.attn_q.weight"), "blk.0.attn_q.weight");
  EXPECT_EQ(printable("a\nb\x1b[2J"), "a\\x0ab\\x1b[2J");
  EXPECT_EQ(printable("流れ"), "流れ");
  EXPECT_EQ(printable("it's"), "it\\x27s");
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80\xff\xe6\xb5"), "\\xc0\\xaf\\xed\\xa0\\x80\\xff\\xe6\\xb5");
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae") << "a mark that turns the text round";
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "the 8-bit control introducer";
  EXPECT_EQ(printable(std::string(1000, 'a'), 10), "aaaaaaaaaa...");
}

TEST(Printable, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(12288), "12,288");
  EXPECT_EQ(grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace nagare
