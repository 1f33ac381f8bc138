// Any bytes as the user's perf-db: opened, asked, stored to, opened again. Whatever they are, what is stored
// now is known at once, and at most one warning a door comes of it.
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "require.h"
#include "solve/perf_db.h"

namespace nagare {
namespace {

constexpr const char* kDevice = "cpu Test avx2 threads=2";
constexpr const char* kProblem = "gemm m=1 n=64 k=64 a=f32 b=f32 c=f32 epilogue=none";

// One folder for the whole run, in memory where the system has such a place.
class Folder {
 public:
  Folder() {
    const char* base = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
    std::string name = std::string(base) + "/fuzz_perf_db.XXXXXX";
    require(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { clear(true); }
  std::filesystem::path file() const { return path_ / "perf.db"; }
  void clear(bool the_folder_too = false) {
    std::error_code ignored;
    if (the_folder_too) {
      std::filesystem::remove_all(path_, ignored);
      return;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path_, ignored)) {
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }

 private:
  std::filesystem::path path_;
};

void use(const std::filesystem::path& path) {
  const PerfDbFiles files{.user = path, .shipped = {}};
  {
    PerfDb db = PerfDb::open(files, kDevice);
    db.store({.problem = kProblem, .solver = "a", .seconds = 0.5});
    const Measurement* found = db.find(kProblem, "a", 1);
    require(found != nullptr && found->seconds == 0.5);
    require(db.take_warnings().size() <= 2);
  }
  PerfDb again = PerfDb::open({.user = {}, .shipped = path}, kDevice);
  require(again.take_warnings().size() <= 1);
}

}  // namespace
}  // namespace nagare

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t count) {
  static nagare::Folder folder;
  folder.clear();
  std::ofstream(folder.file(), std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(count));
  nagare::use(folder.file());
  return 0;
}
