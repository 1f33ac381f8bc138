#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/mapped_file_guard.h"
#include "base/printable.h"

namespace nagare {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "not a regular file";
}

std::unexpected<Error> cannot_open(const std::filesystem::path& path, int error_number) {
  const ErrorKind kind = error_number == EMFILE || error_number == ENFILE || error_number == EIO
                             ? ErrorKind::kFailure
                             : ErrorKind::kBadInput;
  return std::unexpected(Error{
      kind, fmt::format("cannot open {}: {}", printable(path.string(), 4096), std::strerror(error_number))});
}

size_t page_bytes() {
  static const size_t bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return cannot_open(path, errno);
  struct stat status = {};
  if (::fstat(file.number(), &status) != 0) return cannot_open(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return bad_input("cannot open {}: it is {}; a regular file is needed", printable(path.string(), 4096),
                     kind_of(status.st_mode));
  }
  MappedFile mapped;
  if (status.st_size == 0) return mapped;
  const size_t size = static_cast<size_t>(status.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (data == MAP_FAILED) {
    return failure("cannot map {} ({} bytes): {}", printable(path.string(), 4096), size,
                   std::strerror(errno));
  }
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = size;
  mapped.guard_slot_ = internal::guard_register(mapped.data_, size);
  if (mapped.guard_slot_ < 0)
    return failure("cannot open {}: too many mapped files", printable(path.string(), 4096));
  return mapped;
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  internal::guard_unregister(guard_slot_);
  ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      guard_slot_(std::exchange(other.guard_slot_, -1)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(guard_slot_, other.guard_slot_);
  return *this;
}

void MappedFile::advise_will_need(size_t offset, size_t length) const {
  if (offset >= size_) return;
  const size_t begin = offset / page_bytes() * page_bytes();
  const size_t end = offset + std::min(length, size_ - offset);
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_WILLNEED);
}

void MappedFile::release_pages(size_t offset, size_t length) const {
  if (offset >= size_) return;
  const size_t end = offset + std::min(length, size_ - offset);
  const size_t first = (offset + page_bytes() - 1) / page_bytes() * page_bytes();
  // The last page of the file counts as whole when the range reaches its end.
  const size_t last = end == size_ ? end : end / page_bytes() * page_bytes();
  if (first < last) ::madvise(const_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED);
}

bool MappedFile::damaged() const {
  return internal::guard_damaged(guard_slot_);
}

}  // namespace nagare
