#include "solve/perf_db_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/printable.h"

#define RETURN_IF_DB_ERROR(expression)                                                  \
  do {                                                                                  \
    if (auto status_ = (expression); !status_) return std::unexpected(status_.error()); \
  } while (false)

namespace nagare {
namespace {

constexpr int kApplicationId = 0x6e616761;  // "naga"
constexpr int kSchemaVersion = 1;
constexpr int kBusyPauseMs = 5;
constexpr int kBusyTimeoutMs = 500;  // several times what a write takes on a busy machine
constexpr int64_t kQueryLimitNs = 2'000'000'000;
constexpr int kInstructionsBetweenChecks = 100'000;
constexpr size_t kMaxRows = 200'000;  // a thousand times what a model needs
constexpr int kMaxValueBytes = 1 << 16;
constexpr std::string_view kThreadsKey = " threads=";  // in DeviceTraits::fingerprint()

constexpr const char* kSchema = R"(
  CREATE TABLE device (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
  CREATE TABLE measurement (
    device INTEGER NOT NULL, problem TEXT NOT NULL, solver TEXT NOT NULL, version INTEGER NOT NULL,
    seconds REAL NOT NULL, error REAL NOT NULL, refusal TEXT NOT NULL, reason TEXT NOT NULL,
    measured_unix_s INTEGER NOT NULL,
    PRIMARY KEY (device, problem, solver, version)) WITHOUT ROWID;
)";

DbTrouble trouble_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:      // a table or column that should be there is not
    case SQLITE_INTERRUPT:  // the query did not end
    case SQLITE_TOOBIG:
      return DbTrouble::kDamaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return DbTrouble::kBusy;
    case SQLITE_FULL:
      return DbTrouble::kFull;
    default:
      return DbTrouble::kOther;
  }
}

// A prepared statement that finalises itself.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql) { sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr); }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  explicit operator bool() const { return statement_ != nullptr; }
  int step() { return sqlite3_step(statement_); }
  void reset() { sqlite3_reset(statement_); }
  // The text must live until the next reset().
  void bind(int index, const std::string& text) {
    sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int index, int64_t value) { sqlite3_bind_int64(statement_, index, value); }
  void bind(int index, double value) { sqlite3_bind_double(statement_, index, value); }

  int64_t integer(int column) { return sqlite3_column_int64(statement_, column); }
  double real(int column) { return sqlite3_column_double(statement_, column); }
  std::string text(int column) {
    const unsigned char* bytes = sqlite3_column_text(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

// Columns: problem, solver, version, seconds, error, refusal, reason, measured_unix_s. Nothing where the row
// makes no sense, or speaks of a refusal that this nagare does not know.
std::optional<Measurement> read_row(Statement& row) {
  Measurement m{.problem = row.text(0),
                .solver = row.text(1),
                .version = static_cast<int>(row.integer(2)),
                .seconds = row.real(3),
                .error = row.real(4),
                .measured_unix_s = row.integer(7)};
  const std::optional<Refusal> refusal = parse_refusal(row.text(5));
  if (!refusal || m.problem.empty() || m.solver.empty()) return std::nullopt;
  m.refusal = *refusal;
  m.reason = printable(row.text(6), 400);
  const bool timed = std::isfinite(m.seconds) && m.seconds > 0 && m.seconds < 1e6;
  if (m.usable() && !timed) return std::nullopt;
  if (!m.usable() && m.reason.empty()) m.reason = "refused in an earlier run, which gave no reason";
  return m;
}

}  // namespace

PerfDbFile::~PerfDbFile() {
  sqlite3_close(db_);
}

std::unexpected<DbError> PerfDbFile::error() const {
  // The text may quote the file's own schema.
  return std::unexpected(DbError{trouble_of(sqlite3_errcode(db_)), printable(sqlite3_errmsg(db_), 160)});
}

int PerfDbFile::out_of_time(void* self) {
  return now_ns() > static_cast<PerfDbFile*>(self)->deadline_ns_;
}

void PerfDbFile::limit_time() {
  deadline_ns_ = now_ns() + kQueryLimitNs;
}

DbResult<void> PerfDbFile::execute(const char* sql) {
  limit_time();
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
  return {};
}

DbResult<int> PerfDbFile::pragma(const char* name) {
  limit_time();
  Statement statement(db_, fmt::format("PRAGMA {}", name).c_str());
  if (!statement || statement.step() != SQLITE_ROW) return error();
  return static_cast<int>(statement.integer(0));
}

DbResult<std::unique_ptr<PerfDbFile>> PerfDbFile::connect(const std::string& name, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (db == nullptr) return std::unexpected(DbError{DbTrouble::kOther, "out of memory"});
  std::unique_ptr<PerfDbFile> file(new PerfDbFile(db));
  if (code != SQLITE_OK) return file->error();
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_progress_handler(db, kInstructionsBetweenChecks, &out_of_time, file.get());
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return file;
}

DbResult<std::unique_ptr<PerfDbFile>> PerfDbFile::open(const std::filesystem::path& path) {
  auto file = connect(path.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!file) return file;
  if (sqlite3_db_readonly((*file)->db_, "main") == 1) {
    return std::unexpected(DbError{DbTrouble::kOther, "the file may not be written"});
  }
  // SQLite waits for a lock, but not where two that begin the same file would wait for each other: one of
  // them is told at once that it is busy, and tries again.
  const int64_t deadline_ns = now_ns() + kBusyTimeoutMs * int64_t{1'000'000};
  DbResult<void> prepared = (*file)->prepare_schema();
  while (!prepared && prepared.error().trouble == DbTrouble::kBusy && now_ns() < deadline_ns) {
    sqlite3_sleep(kBusyPauseMs);
    prepared = (*file)->prepare_schema();
  }
  RETURN_IF_DB_ERROR(std::move(prepared));
  return file;
}

DbResult<std::unique_ptr<PerfDbFile>> PerfDbFile::open_read_only(const std::filesystem::path& path) {
  // Immutable: nothing is written beside the file either (write-ahead log, shared memory).
  std::string name = "file:";
  for (const char c : path.string()) {
    const bool special = c == '%' || c == '?' || c == '#';
    name += special ? fmt::format("%{:02x}", static_cast<unsigned>(c)) : std::string(1, c);
  }
  auto file = connect(name + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (!file) return file;
  const DbResult<int> id = (*file)->pragma("application_id");
  if (!id) return std::unexpected(id.error());
  const DbResult<int> version = (*file)->pragma("user_version");
  if (!version) return std::unexpected(version.error());
  if (*id != kApplicationId) return std::unexpected(DbError{DbTrouble::kDamaged, "it is not a perf-db"});
  if (*version != kSchemaVersion) {
    return std::unexpected(DbError{*version > kSchemaVersion ? DbTrouble::kNewer : DbTrouble::kOlder,
                                   fmt::format("its schema is version {}", *version)});
  }
  return file;
}

DbResult<void> PerfDbFile::prepare_schema() {
  const DbResult<int> version = pragma("user_version");
  if (!version) return std::unexpected(version.error());
  if (*version > kSchemaVersion) {
    return std::unexpected(DbError{DbTrouble::kNewer, fmt::format("its schema is version {}", *version)});
  }
  const DbResult<int> id = pragma("application_id");
  if (!id) return std::unexpected(id.error());
  if (*version == kSchemaVersion && *id == kApplicationId) return execute("PRAGMA synchronous=NORMAL");
  const DbResult<int> objects = pragma("schema_version");
  if (!objects) return std::unexpected(objects.error());
  if (*objects != 0) {
    return std::unexpected(DbError{*id == kApplicationId ? DbTrouble::kOlder : DbTrouble::kDamaged,
                                   *id == kApplicationId ? "of an older nagare" : "it is not a perf-db"});
  }
  RETURN_IF_DB_ERROR(execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE"));
  // Another process may have made the tables while we waited.
  const DbResult<int> now = pragma("user_version");
  DbResult<void> made = {};
  if (now && *now == 0) {
    made = execute(fmt::format("{} PRAGMA application_id={}; PRAGMA user_version={};", kSchema,
                               kApplicationId, kSchemaVersion)
                       .c_str());
  }
  if (made) made = execute("COMMIT");
  if (!made) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  return made;
}

DbResult<std::vector<Measurement>> PerfDbFile::load(const std::string& fingerprint) {
  limit_time();
  Statement query(db_,
                  "SELECT problem, solver, version, seconds, error, refusal, reason, measured_unix_s "
                  "FROM measurement WHERE device = (SELECT id FROM device WHERE fingerprint = ?)");
  if (!query) return error();
  query.bind(1, fingerprint);
  std::vector<Measurement> rows;
  int code = query.step();
  for (; code == SQLITE_ROW && rows.size() < kMaxRows; code = query.step()) {
    if (auto row = read_row(query)) rows.push_back(std::move(*row));
  }
  if (code != SQLITE_DONE && code != SQLITE_ROW) return error();
  return rows;
}

DbResult<std::vector<Measurement>> PerfDbFile::load_kin(const std::string& fingerprint) {
  const size_t key = fingerprint.find(kThreadsKey);
  if (key == std::string::npos) return std::vector<Measurement>();
  const size_t digits = key + kThreadsKey.size();
  const size_t end = std::min(fingerprint.find_first_not_of("0123456789", digits), fingerprint.size());
  const std::string before = fingerprint.substr(0, digits);
  const std::string after = fingerprint.substr(end);
  limit_time();
  Statement query(db_,
                  "SELECT problem, solver, version, seconds, error, refusal, reason, measured_unix_s, device "
                  "FROM measurement JOIN device ON device.id = device WHERE fingerprint != ? "
                  "AND substr(fingerprint, 1, length(?2)) = ?2 "
                  "AND ltrim(substr(fingerprint, length(?2) + 1), '0123456789') = ?3 ORDER BY device");
  if (!query) return error();
  query.bind(1, fingerprint);
  query.bind(2, before);
  query.bind(3, after);
  std::vector<Measurement> rows;
  std::unordered_map<std::string, int64_t> owner;  // of each problem: the device whose rows are taken
  int code = query.step();
  for (; code == SQLITE_ROW && rows.size() < kMaxRows; code = query.step()) {
    auto row = read_row(query);
    if (row && owner.emplace(row->problem, query.integer(8)).first->second == query.integer(8))
      rows.push_back(std::move(*row));
  }
  if (code != SQLITE_DONE && code != SQLITE_ROW) return error();
  return rows;
}

bool PerfDbFile::is_sound() {
  limit_time();
  Statement check(db_, "PRAGMA quick_check(1)");
  return check && check.step() == SQLITE_ROW && check.text(0) == "ok";
}

DbResult<void> PerfDbFile::write_rows(const std::string& fingerprint,
                                      std::span<const Measurement> measurements) {
  Statement device(db_, "INSERT OR IGNORE INTO device (fingerprint) VALUES (?)");
  Statement insert(db_,
                   "INSERT OR REPLACE INTO measurement VALUES "
                   "((SELECT id FROM device WHERE fingerprint = ?), ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!device || !insert) return error();
  device.bind(1, fingerprint);
  if (device.step() != SQLITE_DONE) return error();
  for (const Measurement& m : measurements) {
    const std::string refusal(name(m.refusal));
    insert.bind(1, fingerprint);
    insert.bind(2, m.problem);
    insert.bind(3, m.solver);
    insert.bind(4, int64_t{m.version});
    insert.bind(5, m.seconds);
    insert.bind(6, std::isfinite(m.error) ? m.error : 1e300);
    insert.bind(7, refusal);
    insert.bind(8, m.reason);
    insert.bind(9, m.measured_unix_s);
    if (insert.step() != SQLITE_DONE) return error();
    insert.reset();
  }
  return {};
}

DbResult<void> PerfDbFile::store(const std::string& fingerprint, std::span<const Measurement> measurements) {
  RETURN_IF_DB_ERROR(execute("BEGIN IMMEDIATE"));
  limit_time();
  DbResult<void> written = write_rows(fingerprint, measurements);
  if (written) written = execute("COMMIT");
  if (!written) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  return written;
}

}  // namespace nagare
