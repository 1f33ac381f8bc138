// A file that appears whole or not at all: written under a temporary name in the same folder, flushed to
// disk, then renamed over the final one. Dropped (and its temporary removed) if commit() was not reached.
// Used by every writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace nagare {

class AtomicFile {
 public:
  // Refuses a path where a folder, a device or a pipe is.
  static Result<AtomicFile> create(const std::filesystem::path& path);

  ~AtomicFile();
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;

  // Appends. An error (disk full) names the file; after one, only destruction makes sense.
  Status write(std::span<const std::byte> bytes);
  // Appends `count` zero bytes.
  Status write_zeros(uint64_t count);
  uint64_t bytes_written() const { return bytes_written_; }
  // Makes the file appear. Nothing may be called after it.
  Status commit();

 private:
  AtomicFile(std::filesystem::path path, std::string temporary, int descriptor);
  Status flush();

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
  uint64_t bytes_written_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace nagare
