// One perf-db file: the SQLite side of perf_db.h, for it alone.
//
// The file is as untrusted as any other: its schema runs no code of its own, queries end after a bounded
// time, and rows that make no sense are skipped.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "solve/measurement.h"

struct sqlite3;

namespace nagare {

enum class DbTrouble : uint8_t {
  kDamaged,  // not a database, torn, or not one of ours
  kOlder,    // of an older nagare
  kNewer,    // of a newer nagare
  kBusy,     // another process holds it
  kFull,     // no space left
  kOther,    // permissions, I/O
};

struct DbError {
  DbTrouble trouble = DbTrouble::kOther;
  std::string message;
};

template <class T>
using DbResult = std::expected<T, DbError>;

class PerfDbFile {
 public:
  // Opens the file and makes its tables where it is new.
  static DbResult<std::unique_ptr<PerfDbFile>> open(const std::filesystem::path& path);
  // For a file that we may not write, or must not.
  static DbResult<std::unique_ptr<PerfDbFile>> open_read_only(const std::filesystem::path& path);
  ~PerfDbFile();
  PerfDbFile(const PerfDbFile&) = delete;
  PerfDbFile& operator=(const PerfDbFile&) = delete;

  DbResult<std::vector<Measurement>> load(const std::string& fingerprint);
  // The rows of the same device with other numbers of threads; of several that have a problem, the one that
  // was first in the file.
  DbResult<std::vector<Measurement>> load_kin(const std::string& fingerprint);
  // Reads all of the file, which load() does not.
  bool is_sound();
  // All or nothing.
  DbResult<void> store(const std::string& fingerprint, std::span<const Measurement> measurements);

 private:
  explicit PerfDbFile(sqlite3* db) : db_(db) {}
  static DbResult<std::unique_ptr<PerfDbFile>> connect(const std::string& name, int flags);
  DbResult<void> prepare_schema();
  DbResult<int> pragma(const char* name);
  DbResult<void> execute(const char* sql);
  DbResult<void> write_rows(const std::string& fingerprint, std::span<const Measurement> measurements);
  std::unexpected<DbError> error() const;
  static int out_of_time(void* self);
  void limit_time();

  sqlite3* db_;
  int64_t deadline_ns_ = 0;
};

}  // namespace nagare
