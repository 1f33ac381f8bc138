// The perf-db against everything that can happen to its file.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include "base/clock.h"
#include "solve/cache_folder.h"
#include "solve/perf_db.h"
#include "support/sanitized.h"
#include "support/test_data.h"

namespace nagare {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kDevice = "cpu Test avx2 threads=2";
constexpr const char* kProblem = "gemm m=1 n=64 k=64 a=f32 b=f32 c=f32 epilogue=none";

Measurement row(std::string solver, double seconds, std::string problem = kProblem) {
  return {.problem = std::move(problem), .solver = std::move(solver), .seconds = seconds, .error = 1e-7};
}

void execute(const fs::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_close(db);
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class PerfDbTest : public testing::Test {
 protected:
  PerfDb open(const std::string& device = kDevice) {
    return PerfDb::open({.user = path_, .shipped = {}}, device);
  }

  // A file with rows, closed.
  void make(int rows = 1) {
    PerfDb db = open();
    ASSERT_TRUE(db.is_kept());
    std::vector<Measurement> all;
    all.reserve(rows);
    for (int i = 0; i < rows; ++i) {
      all.push_back(
          row("a", 1 + i, fmt::format("gemm m={} n=4096 k=4096 a=f32 b=q4_K c=f32 epilogue=none", i)));
    }
    db.store(all);
    db.store(row("a", 0.5));
    ASSERT_THAT(db.take_warnings(), IsEmpty());
  }

  // Opening gives one warning, and the process goes on with a db that works in memory at least.
  PerfDb open_with_warning(const std::string& part) {
    PerfDb db = open();
    const std::vector<std::string> warnings = db.take_warnings();
    EXPECT_THAT(warnings, ElementsAre(HasSubstr(part)));
    for (const std::string& warning : warnings) EXPECT_THAT(warning, testing::Not(HasSubstr("\n")));
    db.store(row("b", 0.25));
    EXPECT_NE(db.find(kProblem, "b", 1), nullptr);
    return db;
  }

  test::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "cache" / "nagare" / "perf.db";
};

TEST_F(PerfDbTest, AProblemNeverMeasuredWithThisManyThreadsIsKnownFromTheFirstThatWas) {
  constexpr const char* kOther = "gemm m=2 n=64 k=64 a=f32 b=f32 c=f32 epilogue=none";
  {
    PerfDb two = open("cpu Test_1 threads=2 l2=1");
    two.store(std::vector{row("a", 2), row("b", 3)});
    PerfDb four = open("cpu Test_1 threads=4 l2=1");
    four.store(row("a", 4));
    // Neither of these is the same device.
    open("cpu Test_1 threads=2 l2=12").store(row("x", 1, kOther));
    open("cpu TestX1 threads=2 l2=1").store(row("x", 1, kOther));
  }
  const PerfDb one = open("cpu Test_1 threads=1 l2=1");
  ASSERT_NE(one.find(kProblem, "a", 1), nullptr);
  EXPECT_EQ(one.find(kProblem, "a", 1)->seconds, 2);
  EXPECT_NE(one.find(kProblem, "b", 1), nullptr);
  EXPECT_EQ(one.find_own(kProblem, "a", 1), nullptr);
  EXPECT_EQ(one.find(kOther, "x", 1), nullptr);
  // Where there are rows of its own, none of the others joins them.
  const PerfDb four = open("cpu Test_1 threads=4 l2=1");
  EXPECT_EQ(four.find(kProblem, "a", 1)->seconds, 4);
  EXPECT_EQ(four.find(kProblem, "b", 1), nullptr);
}

TEST_F(PerfDbTest, KeepsWhatWasStored) {
  {
    PerfDb db = open();
    EXPECT_TRUE(db.is_kept());
    db.store(row("a", 0.5));
    db.store(row("a", 0.25));
    db.store({.problem = kProblem,
              .solver = "b",
              .version = 3,
              .error = INFINITY,
              .refusal = Refusal::kWrongNumbers,
              .reason = "error inf is more than 0.001",
              .measured_unix_s = 1234567890});
    EXPECT_EQ(db.size(), 2u);
  }
  PerfDb db = open();
  EXPECT_THAT(db.take_warnings(), IsEmpty());
  EXPECT_EQ(db.size(), 2u);
  ASSERT_NE(db.find(kProblem, "a", 1), nullptr);
  EXPECT_EQ(db.find(kProblem, "a", 1)->seconds, 0.25);
  EXPECT_EQ(db.find(kProblem, "a", 2), nullptr);
  EXPECT_EQ(db.find(kProblem, "b", 1), nullptr);
  const Measurement* refused = db.find(kProblem, "b", 3);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->refusal, Refusal::kWrongNumbers);
  EXPECT_EQ(refused->reason, "error inf is more than 0.001");
  EXPECT_EQ(refused->measured_unix_s, 1234567890);
}

TEST_F(PerfDbTest, RowsOfAnotherMachineAreNotSeenAndStay) {
  make();
  {
    PerfDb other = open("cpu Other");
    EXPECT_EQ(other.size(), 0u);
    other.store(row("a", 9));
  }
  EXPECT_EQ(open().find(kProblem, "a", 1)->seconds, 0.5);
  EXPECT_EQ(open("cpu Other").find(kProblem, "a", 1)->seconds, 9);
}

TEST_F(PerfDbTest, UserRowsWinOverShippedOnes) {
  make();
  const fs::path shipped = folder_.path() / "shipped 100%#?.db";
  fs::rename(path_, shipped);
  const std::string before = read_file(shipped);
  PerfDb db = PerfDb::open({.user = path_, .shipped = shipped}, kDevice);
  EXPECT_EQ(db.find(kProblem, "a", 1)->seconds, 0.5);
  db.store(row("a", 7));
  EXPECT_EQ(PerfDb::open({.user = path_, .shipped = shipped}, kDevice).find(kProblem, "a", 1)->seconds, 7);
  EXPECT_EQ(read_file(shipped), before);
  PerfDb without = PerfDb::open({.user = path_, .shipped = folder_.path() / "absent"}, kDevice);
  EXPECT_THAT(without.take_warnings(), IsEmpty());
  write_file(shipped, "not a database at all, but long enough to be read as one..........");
  PerfDb damaged = PerfDb::open({.user = path_, .shipped = shipped}, kDevice);
  EXPECT_THAT(damaged.take_warnings(), ElementsAre(HasSubstr("left out")));
  EXPECT_EQ(damaged.size(), 1u);
}

TEST_F(PerfDbTest, DamagedFilesAreMovedAsideAndRebuilt) {
  make(200);
  const std::string good = read_file(path_);
  std::string torn = good.substr(0, good.size() / 2);
  std::string holed = good;
  std::fill(holed.begin() + 100, holed.end(), '\xff');
  for (const std::string& bytes : {std::string(5000, 'x'), std::string("SQLite format 3"), torn, holed}) {
    write_file(path_, bytes);
    {
      const PerfDb db = open_with_warning("was not usable");
      EXPECT_TRUE(db.is_kept());
    }
    EXPECT_EQ(read_file(path_.string() + ".damaged"), bytes);
    PerfDb db = open();
    EXPECT_THAT(db.take_warnings(), IsEmpty());
    EXPECT_NE(db.find(kProblem, "b", 1), nullptr);
  }
}

TEST_F(PerfDbTest, AnyDamageIsSurvived) {
  make(200);
  const std::string good = read_file(path_);
  std::mt19937 engine(20261123);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = good;
    for (int flips = 0; flips < 1 + round % 40; ++flips)
      bytes[engine() % bytes.size()] = static_cast<char>(engine());
    write_file(path_, bytes);
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(path_.string() + suffix);
    {
      PerfDb db = open();
      std::vector<Measurement> many;
      many.reserve(50);
      for (int i = 0; i < 50; ++i) many.push_back(row("c", 1, fmt::format("gemm m={}", engine() % 1000)));
      db.store(many);
      EXPECT_LE(db.take_warnings().size(), 2u);
    }
    open().store(row("d", 1));
  }
}

TEST_F(PerfDbTest, EmptyFileIsANewOne) {
  fs::create_directories(path_.parent_path());
  write_file(path_, "");
  PerfDb db = open();
  EXPECT_TRUE(db.is_kept());
  EXPECT_THAT(db.take_warnings(), IsEmpty());
}

TEST_F(PerfDbTest, SchemasOfOtherAges) {
  make();
  execute(path_, "PRAGMA user_version=2");
  const std::string newer = read_file(path_);
  EXPECT_FALSE(open_with_warning("newer nagare").is_kept());
  EXPECT_EQ(read_file(path_), newer);
  execute(path_, "PRAGMA user_version=0");
  EXPECT_TRUE(open_with_warning("older nagare").is_kept());
  EXPECT_EQ(open().find(kProblem, "b", 1)->seconds, 0.25);
}

TEST_F(PerfDbTest, DatabasesOfOthersAndHostileSchemas) {
  const std::string ours = "PRAGMA application_id=1851877217; PRAGMA user_version=1;";
  const std::string endless =
      "CREATE TABLE device (id INTEGER PRIMARY KEY, fingerprint TEXT);"
      "CREATE VIEW measurement AS WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM t) "
      "SELECT x AS device, 'p' AS problem, 's' AS solver, 1 AS version, 1.0 AS seconds, 0.0 AS error, 'none' "
      "AS "
      "refusal, '' AS reason, 0 AS measured_unix_s FROM t;";
  for (const std::string& sql :
       {std::string("CREATE TABLE friends (name TEXT)"), ours + "CREATE TABLE x (y)",
        ours + "CREATE TABLE device (x); CREATE TABLE measurement (y)", ours + endless}) {
    fs::remove_all(path_.parent_path());
    fs::create_directories(path_.parent_path());
    execute(path_, sql);
    const int64_t start = now_ns();
    EXPECT_TRUE(open_with_warning("was not usable").is_kept()) << sql;
    EXPECT_LT(now_ns() - start, 8'000'000'000) << sql;
  }
}

TEST_F(PerfDbTest, RowsThatMakeNoSenseAreSkipped) {
  make();
  const auto insert = [&](const std::string& values) {
    execute(path_, "INSERT OR REPLACE INTO measurement VALUES ((SELECT id FROM device), " + values + ")");
  };
  insert("'p', 'negative', 1, -1.0, 0.0, 'none', '', 0");
  insert("'p', 'zero', 1, 0.0, 0.0, 'none', '', 0");
  insert("'p', 'huge', 1, 9e999, 0.0, 'none', '', 0");
  insert("'p', 'text', 1, 'soon', 0.0, 'none', '', 0");
  insert("'p', 'future', 1, 1.0, 0.0, 'struck-by-lightning', '', 0");
  insert("'p', 'refused', 1, 0.0, 0.0, 'crashed', 'two" + std::string("\nlines") + "', 0");
  insert("'p', 'wordless', 1, 0.0, 0.0, 'crashed', '', 0");
  insert("x'00', x'01', 1, 1.0, 0.0, 'none', '', 0");
  PerfDb db = open();
  EXPECT_THAT(db.take_warnings(), IsEmpty());
  for (const char* id : {"negative", "zero", "huge", "text", "future"})
    EXPECT_EQ(db.find("p", id, 1), nullptr) << id;
  ASSERT_NE(db.find("p", "refused", 1), nullptr);
  EXPECT_THAT(db.find("p", "refused", 1)->reason, testing::Not(HasSubstr("\n")));
  EXPECT_FALSE(db.find("p", "wordless", 1)->reason.empty());
  EXPECT_EQ(db.find(kProblem, "a", 1)->seconds, 0.5);
}

TEST_F(PerfDbTest, LockedByAnotherProcessForReading) {
  make();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version=1",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  const int64_t start = now_ns();
  EXPECT_FALSE(open_with_warning("in use by another process").is_kept());
  EXPECT_LT(now_ns() - start, 3'000'000'000);
  sqlite3_close(other);
  EXPECT_EQ(open().find(kProblem, "a", 1)->seconds, 0.5);
}

TEST_F(PerfDbTest, LockedByAnotherProcessForWritingIsMadeUpForLater) {
  make();
  {
    PerfDb db = open();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    db.store(row("b", 1));
    db.store(row("c", 1));
    EXPECT_THAT(db.take_warnings(), ElementsAre(HasSubstr("could not be written")));
    ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
    db.store(row("d", 1));
    EXPECT_THAT(db.take_warnings(), IsEmpty());
  }
  EXPECT_EQ(open().size(), 5u);
}

TEST_F(PerfDbTest, ThingsThatAreNotFiles) {
  fs::create_directories(path_);
  EXPECT_FALSE(open_with_warning("is not a file").is_kept());
  fs::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(open_with_warning("is not a file").is_kept());
  fs::remove_all(path_.parent_path());
  write_file(path_.parent_path(), "a file where the folder should be");
  EXPECT_FALSE(open_with_warning("cannot be written").is_kept());
}

// Runs the body as a user who owns nothing, so that permissions hold even where the tests run as root.
template <class Body>
void as_nobody(Body body) {
  const uid_t self = ::geteuid();
  if (self == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  body();
  if (self == 0) {
    ASSERT_EQ(::seteuid(self), 0);
  }
}

TEST_F(PerfDbTest, ReadOnlyFileAndFolder) {
  make();
  fs::permissions(folder_.path(), fs::perms(0555));
  fs::permissions(path_.parent_path(), fs::perms(0555));
  fs::permissions(path_, fs::perms(0444));
  as_nobody([&] {
    PerfDb db = open_with_warning("cannot be written");
    EXPECT_FALSE(db.is_kept());
    EXPECT_EQ(db.find(kProblem, "a", 1)->seconds, 0.5);  // still advice
  });
  fs::remove(path_);
  as_nobody([&] { EXPECT_FALSE(open_with_warning("cannot be written").is_kept()); });
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(path_.parent_path(), fs::perms(0755));
}

TEST_F(PerfDbTest, DiskFullCostsAMessage) {
  make();
  PerfDb db = open();
  struct rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit none{.rlim_cur = 4096, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  for (int i = 0; i < 3; ++i) db.store(row("b", 1 + i));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(db.take_warnings().size(), 1u);
  EXPECT_EQ(db.find(kProblem, "b", 1)->seconds, 3);
  db.store(row("c", 1));
  EXPECT_EQ(open().size(), 4u);
}

TEST_F(PerfDbTest, SeveralProcessesStoreAtOnce) {
  std::vector<pid_t> children;
  for (int child = 0; child < 8; ++child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      PerfDb db = open();
      for (int i = 0; i < 20; ++i) db.store(row(fmt::format("s{}", child), 1, fmt::format("gemm m={}", i)));
      ::_exit(db.take_warnings().empty() ? 0 : 1);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(open().size(), 160u);
}

TEST_F(PerfDbTest, SigkillAtAnyTimeLeavesACleanFile) {
  std::mt19937 engine(20261123);
  for (int round = 0; round < 25; ++round) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      PerfDb db = open();
      for (int i = 0;; ++i) db.store(row(fmt::format("s{}", i % 50), 1, fmt::format("gemm m={}", i)));
    }
    ::usleep(static_cast<useconds_t>(engine() % 40'000));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    PerfDb db = open();
    EXPECT_TRUE(db.is_kept());
    EXPECT_THAT(db.take_warnings(), IsEmpty());
    db.store(row("after", 1 + round));
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
  std::string verdict;
  sqlite3_exec(
      db, "PRAGMA integrity_check",
      [](void* out, int, char** values, char**) {
        *static_cast<std::string*>(out) += values[0];
        return 0;
      },
      &verdict, nullptr);
  sqlite3_close(db);
  EXPECT_EQ(verdict, "ok");
}

TEST_F(PerfDbTest, OpensFast) {
  make(2000);
  int64_t best = INT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const int64_t start = now_ns();
    const PerfDb db = open();
    best = std::min(best, now_ns() - start);
    EXPECT_EQ(db.size(), 2001u);
  }
  fmt::print("opened with 2001 rows in {:.2f} ms\n", static_cast<double>(best) * 1e-6);
#ifdef NDEBUG
  if (!test::kSanitized) {
    EXPECT_LT(best, 20'000'000);
  }
#endif
}

// Sets an environment variable and puts it back.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~ScopedVariable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST(CacheFolder, FollowsTheEnvironment) {
  const ScopedVariable home("HOME", "/home/someone");
  const ScopedVariable xdg("XDG_CACHE_HOME", nullptr);
  const ScopedVariable own("NAGARE_CACHE", nullptr);
  EXPECT_EQ(*cache_folder(), "/home/someone/.cache/nagare");
  const ScopedVariable relative("XDG_CACHE_HOME", "relative");
  EXPECT_EQ(*cache_folder(), "/home/someone/.cache/nagare");
  const ScopedVariable absolute("XDG_CACHE_HOME", "/var/cache/someone");
  EXPECT_EQ(*cache_folder(), "/var/cache/someone/nagare");
  const ScopedVariable set("NAGARE_CACHE", "/elsewhere");
  EXPECT_EQ(*cache_folder(), "/elsewhere");
}

TEST(CacheFolder, WithoutAHomeNothingIsKept) {
  const ScopedVariable home("HOME", nullptr);
  const ScopedVariable xdg("XDG_CACHE_HOME", nullptr);
  const ScopedVariable own("NAGARE_CACHE", nullptr);
  PerfDb db = PerfDb::open_default(kDevice);
  EXPECT_THAT(db.take_warnings(), ElementsAre(HasSubstr("set NAGARE_CACHE or HOME")));
  db.store(row("a", 1));
  EXPECT_EQ(db.size(), 1u);
  EXPECT_FALSE(db.is_kept());
}

}  // namespace
}  // namespace nagare
