// The measurements of this device: which solver took how long on which problem, and which were found not to
// work. The rows of this device are in memory after open(); SQLite is not asked again except to store.
//
// It is advice: whatever is odd about the files costs one warning and never a failure. Used by the selector,
// find and bench. Not thread-safe; any number of processes may use the same file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "solve/measurement.h"

namespace nagare {

class PerfDbFile;

struct PerfDbFiles {
  std::filesystem::path user;     // made where it is absent; "": keep nothing
  std::filesystem::path shipped;  // read only, where it exists; "": none
};

class PerfDb {
 public:
  // Kept nowhere: for tests, and where there is no folder to keep it in.
  static PerfDb in_memory();
  // The rows of the device with this fingerprint (DeviceTraits::fingerprint()); a user's row wins over a
  // shipped one. A damaged user file is moved aside to "….damaged" and started anew; a file of a newer nagare
  // is left alone.
  static PerfDb open(const PerfDbFiles& files, std::string fingerprint);
  // The user's file: perf.db in cache_folder().
  static PerfDb open_default(std::string fingerprint);

  PerfDb(PerfDb&&) noexcept;
  PerfDb& operator=(PerfDb&&) noexcept;
  ~PerfDb();

  // What is known of this version of the solver on this problem; null where nothing is. Of a problem that was
  // never measured with this number of threads, what was first measured with another: so the choice of
  // solvers, and with it every bit of an answer, does not depend on the number of threads, until somebody
  // measures. Valid until the next store().
  const Measurement* find(std::string_view problem, std::string_view solver, int version) const;

  // The same, of this number of threads only.
  const Measurement* find_own(std::string_view problem, std::string_view solver, int version) const;

  // Replaces what was known. Rows that could not be written (another process writes) go with the next
  // store().
  void store(std::span<const Measurement> measurements);
  void store(const Measurement& measurement) { store(std::span(&measurement, 1)); }

  size_t size() const { return size_; }
  // Are stores kept for the next run?
  bool is_kept() const { return file_ != nullptr; }
  // What the user should be told, one line each; at most one about opening and one about storing.
  std::vector<std::string> take_warnings();

 private:
  PerfDb();
  using Rows = std::unordered_map<std::string, std::vector<Measurement>>;
  static const Measurement* find_in(const Rows& rows, std::string_view problem, std::string_view solver,
                                    int version);
  static bool remember(Rows& rows, const Measurement& measurement);
  void remember(const Measurement& measurement) { size_ += remember(by_problem_, measurement) ? 1 : 0; }
  void load_user();
  void load_shipped(const std::filesystem::path& path);
  bool start_anew(const std::string& trouble);
  bool write_all_anew(const std::string& trouble);
  void warn(std::string warning);

  std::string fingerprint_;
  std::filesystem::path path_;  // of the user's file
  Rows by_problem_;
  Rows kin_;  // of this device with other numbers of threads
  size_t size_ = 0;
  std::unique_ptr<PerfDbFile> file_;
  std::vector<Measurement> unwritten_;
  bool warned_of_store_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace nagare
