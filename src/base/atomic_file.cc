#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/printable.h"

namespace nagare {
namespace {

constexpr size_t kBufferBytes = 1u << 20;
constexpr int kMaxAttempts = 1000;  // temporary names that others may hold

std::unexpected<Error> cannot_write(const std::filesystem::path& path, int error_number) {
  return failure("cannot write {}: {}", printable(path.string(), 4096), std::strerror(error_number));
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path) {
  std::error_code none;
  const auto there = std::filesystem::status(path, none);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    // Renaming would put a file in the place of a device, or fail at the very end on a folder.
    return bad_input("cannot write {}: it is there and is no regular file", printable(path.string(), 4096));
  }
  // Not mkstemp: its mode 0600 would hide the finished file from everybody else.
  for (int attempt = 0;; ++attempt) {
    std::string temporary = fmt::format("{}.{}.{}.partial", path.string(), ::getpid(), attempt);
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return AtomicFile(path, std::move(temporary), descriptor);
    if (errno != EEXIST || attempt == kMaxAttempts) return cannot_write(path, errno);
  }
}

AtomicFile::AtomicFile(std::filesystem::path path, std::string temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {
  buffer_.reserve(kBufferBytes);
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      bytes_written_(other.bytes_written_),
      buffer_(std::move(other.buffer_)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

Status AtomicFile::flush() {
  if (!write_all(descriptor_, buffer_)) return cannot_write(path_, errno);
  buffer_.clear();
  return {};
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  bytes_written_ += bytes.size();
  if (buffer_.size() + bytes.size() > kBufferBytes) RETURN_IF_ERROR(flush());
  if (bytes.size() >= kBufferBytes) {
    if (!write_all(descriptor_, bytes)) return cannot_write(path_, errno);
    return {};
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return {};
}

Status AtomicFile::write_zeros(uint64_t count) {
  static constexpr std::byte kZeros[4096] = {};
  while (count > 0) {
    const uint64_t now = std::min<uint64_t>(count, sizeof kZeros);
    RETURN_IF_ERROR(write({kZeros, now}));
    count -= now;
  }
  return {};
}

Status AtomicFile::commit() {
  RETURN_IF_ERROR(flush());
  if (::fsync(descriptor_) != 0) return cannot_write(path_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write(path_, errno);
  ::close(std::exchange(descriptor_, -1));
  return {};
}

}  // namespace nagare
