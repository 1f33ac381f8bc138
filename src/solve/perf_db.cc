#include "solve/perf_db.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/printable.h"
#include "solve/cache_folder.h"
#include "solve/perf_db_file.h"

namespace nagare {
namespace {

namespace fs = std::filesystem;

// Held while a damaged file is moved aside, so that two processes do not move each other's new one.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    constexpr int kTries = 50;
    constexpr useconds_t kPauseUs = 10'000;
    for (int i = 0; fd_ >= 0 && !held_ && i < kTries; ++i) {
      held_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
      if (!held_) ::usleep(kPauseUs);
    }
  }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int fd_;
  bool held_ = false;
};

fs::path beside(const fs::path& path, const char* suffix) {
  return path.string() + suffix;
}

struct Opened {
  std::unique_ptr<PerfDbFile> file;
  std::vector<Measurement> rows;
  std::vector<Measurement> kin;
};

DbResult<Opened> open_and_load(const fs::path& path, const std::string& fingerprint) {
  auto file = PerfDbFile::open(path);
  if (!file) return std::unexpected(file.error());
  auto rows = (*file)->load(fingerprint);
  if (!rows) return std::unexpected(rows.error());
  auto kin = (*file)->load_kin(fingerprint);
  if (!kin) return std::unexpected(kin.error());
  return Opened{std::move(*file), std::move(*rows), std::move(*kin)};
}

bool is_worth_moving_aside(DbTrouble trouble) {
  return trouble == DbTrouble::kDamaged || trouble == DbTrouble::kOlder;
}

}  // namespace

PerfDb::PerfDb() = default;
PerfDb::PerfDb(PerfDb&&) noexcept = default;
PerfDb& PerfDb::operator=(PerfDb&&) noexcept = default;
PerfDb::~PerfDb() = default;

PerfDb PerfDb::in_memory() {
  return {};
}

PerfDb PerfDb::open(const PerfDbFiles& files, std::string fingerprint) {
  PerfDb db;
  db.fingerprint_ = std::move(fingerprint);
  if (!files.shipped.empty()) db.load_shipped(files.shipped);
  db.path_ = files.user;
  if (!db.path_.empty()) db.load_user();
  return db;
}

PerfDb PerfDb::open_default(std::string fingerprint) {
  const auto folder = cache_folder();
  if (folder) return open({.user = *folder / "perf.db", .shipped = {}}, std::move(fingerprint));
  PerfDb db;
  db.warn(fmt::format("{}; what is measured in this run is not kept", folder.error().message));
  return db;
}

void PerfDb::warn(std::string warning) {
  warnings_.push_back("perf-db: " + std::move(warning));
}

std::vector<std::string> PerfDb::take_warnings() {
  return std::exchange(warnings_, {});
}

void PerfDb::load_shipped(const fs::path& path) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) return;
  auto file = PerfDbFile::open_read_only(path);
  auto rows =
      file ? (*file)->load(fingerprint_) : DbResult<std::vector<Measurement>>(std::unexpect, file.error());
  if (!rows)
    return warn(fmt::format("{} is left out: {}", printable(path.string(), 200), rows.error().message));
  for (const Measurement& row : *rows) remember(row);
}

void PerfDb::load_user() {
  const std::string shown = printable(path_.string(), 200);
  std::error_code code;
  fs::create_directories(path_.parent_path(), code);
  if (fs::exists(path_, code) && !fs::is_regular_file(path_, code)) {
    return warn(fmt::format("{} is not a file; what is measured in this run is not kept", shown));
  }
  auto opened = open_and_load(path_, fingerprint_);
  if (!opened && is_worth_moving_aside(opened.error().trouble)) {
    if (!start_anew(opened.error().message)) return;
    opened = open_and_load(path_, fingerprint_);
  }
  if (opened) {
    file_ = std::move(opened->file);
    for (const Measurement& row : opened->rows) remember(row);
    for (const Measurement& row : opened->kin) remember(kin_, row);
    return;
  }
  if (opened.error().trouble == DbTrouble::kOther) {
    // We may not write it, but what it says is still worth reading.
    if (auto file = PerfDbFile::open_read_only(path_)) {
      if (const auto rows = (*file)->load(fingerprint_)) {
        for (const Measurement& row : *rows) remember(row);
      }
      if (const auto kin = (*file)->load_kin(fingerprint_)) {
        for (const Measurement& row : *kin) remember(kin_, row);
      }
    }
  }
  const char* what = opened.error().trouble == DbTrouble::kNewer
                         ? "was made by a newer nagare and is left alone"
                     : opened.error().trouble == DbTrouble::kBusy ? "is in use by another process"
                                                                  : "cannot be written";
  warn(fmt::format("{} {} ({}); what is measured in this run is not kept", shown, what,
                   opened.error().message));
}

bool PerfDb::start_anew(const std::string& trouble) {
  const std::string shown = printable(path_.string(), 200);
  const FolderLock lock(beside(path_, ".lock"));
  if (!lock.held()) {
    warn(fmt::format("{} is damaged ({}) and cannot be moved aside; what is measured in this run is not kept",
                     shown, trouble));
    return false;
  }
  // Another process may have done it while we waited.
  if (const auto again = open_and_load(path_, fingerprint_);
      again ? again->file->is_sound() : !is_worth_moving_aside(again.error().trouble)) {
    return true;
  }
  std::error_code code;
  fs::rename(path_, beside(path_, ".damaged"), code);
  if (code) {
    warn(fmt::format(
        "{} is damaged ({}) and cannot be moved aside ({}); what is measured in this run is not kept", shown,
        trouble, code.message()));
    return false;
  }
  for (const char* suffix : {"-wal", "-shm", "-journal"}) fs::remove(beside(path_, suffix), code);
  warn(fmt::format("{} was not usable ({}); it is now {}.damaged and a new one was begun", shown, trouble,
                   shown));
  return true;
}

const Measurement* PerfDb::find(std::string_view problem, std::string_view solver, int version) const {
  const bool own = by_problem_.contains(std::string(problem));
  return find_in(own ? by_problem_ : kin_, problem, solver, version);
}

const Measurement* PerfDb::find_own(std::string_view problem, std::string_view solver, int version) const {
  return find_in(by_problem_, problem, solver, version);
}

const Measurement* PerfDb::find_in(const Rows& rows, std::string_view problem, std::string_view solver,
                                   int version) {
  const auto found = rows.find(std::string(problem));
  if (found == rows.end()) return nullptr;
  for (const Measurement& measurement : found->second) {
    if (measurement.solver == solver && measurement.version == version) return &measurement;
  }
  return nullptr;
}

// Whether it is new.
bool PerfDb::remember(Rows& rows, const Measurement& measurement) {
  std::vector<Measurement>& known = rows[measurement.problem];
  for (Measurement& other : known) {
    if (other.solver != measurement.solver || other.version != measurement.version) continue;
    other = measurement;
    return false;
  }
  known.push_back(measurement);
  return true;
}

void PerfDb::store(std::span<const Measurement> measurements) {
  for (const Measurement& measurement : measurements) remember(measurement);
  if (file_ == nullptr) return;
  unwritten_.insert(unwritten_.end(), measurements.begin(), measurements.end());
  const auto written = file_->store(fingerprint_, unwritten_);
  if (written) return unwritten_.clear();
  if (is_worth_moving_aside(written.error().trouble) && write_all_anew(written.error().message)) return;
  if (warned_of_store_) return;
  warned_of_store_ = true;
  warn(written.error().trouble == DbTrouble::kFull
           ? "no space left on the disk: what is measured in this run is not kept; free some space"
           : fmt::format("measurements could not be written ({})", written.error().message));
}

bool PerfDb::write_all_anew(const std::string& trouble) {
  file_.reset();
  if (!start_anew(trouble)) return false;
  auto opened = open_and_load(path_, fingerprint_);
  if (!opened) return false;
  file_ = std::move(opened->file);
  unwritten_.clear();
  for (const auto& [problem, known] : by_problem_)
    unwritten_.insert(unwritten_.end(), known.begin(), known.end());
  if (!file_->store(fingerprint_, unwritten_)) return false;
  unwritten_.clear();
  return true;
}

}  // namespace nagare
