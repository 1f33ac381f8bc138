// A regular file, mapped read-only: the bytes of a model as they lie on disk, shared with the page cache.
//
// It is opened once and checked on the descriptor, so that nobody can swap a device or a pipe in between.
// It is not a reader: nothing here looks into the bytes. Used by formats/ and by whoever releases weights
// after repacking them.
//
// A file may shrink while it is mapped; touching a page that is gone raises SIGBUS. With the guard installed
// (install_mapped_file_guard(), once per program) such a page reads as zeros, the process lives, and
// damaged() says so: whoever computes on the bytes asks it after the work and drops the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace nagare {

class MappedFile {
 public:
  // Refuses what is not a regular file (folders, pipes, devices, sockets). An empty file has empty bytes().
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

  // Hints to the system; ranges are clipped to the file, and a hint that is refused changes nothing.
  // Reads ahead what will be used soon.
  void advise_will_need(size_t offset, size_t length) const;
  // Gives back the memory of whole pages within the range. The bytes stay readable: they come again from the
  // file.
  void release_pages(size_t offset, size_t length) const;

  // Whether a page was found gone since the file was opened (only ever true with the guard installed).
  bool damaged() const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  int guard_slot_ = -1;  // index in the guard's registry, -1 for none
};

// Installs the SIGBUS handler that keeps the process alive when a mapped file shrinks. Faults elsewhere go to
// the handler that was there before. Call it once at start-up; further calls change nothing.
Status install_mapped_file_guard();

}  // namespace nagare
