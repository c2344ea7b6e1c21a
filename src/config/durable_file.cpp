#include "config/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace godwit {
namespace {

std::unexpected<Error> refuse(std::string_view what, const std::filesystem::path& path) {
  return fail(ErrorCode::unavailable,
              fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

/// A file descriptor that is closed at the end of the scope; errno survives it.
struct OpenFile {
  int file;
  ~OpenFile() {
    const int error = errno;
    if (file >= 0) ::close(file);
    errno = error;
  }
};

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<void> make_directory(const std::filesystem::path& directory) {
  if (directory.has_parent_path() && !std::filesystem::exists(directory.parent_path())) {
    if (Result<void> made = make_directory(directory.parent_path()); !made) return made;
  }
  if (::mkdir(directory.c_str(), 0700) == 0) return {};
  std::error_code ignored;
  if (errno == EEXIST && std::filesystem::is_directory(directory, ignored)) return {};
  return refuse("make the directory", directory);
}

Result<void> replace_file(const std::filesystem::path& directory, std::string_view name,
                          std::string_view content) {
  const std::filesystem::path path = directory / name;
  const std::filesystem::path temporary = path.string() + ".new";
  {
    // A leftover of a crash may have another mode.
    ::unlink(temporary.c_str());
    const OpenFile file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (file.file < 0) return refuse("write", temporary);
    if (!write_all(file.file, content) || ::fsync(file.file) != 0)
      return refuse("write", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return refuse("write", path);
  // The name is durable only once the directory is.
  const OpenFile parent{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (parent.file < 0 || ::fsync(parent.file) != 0) return refuse("write", directory);
  return {};
}

Result<DirectoryLock> DirectoryLock::acquire(const std::filesystem::path& directory) {
  DirectoryLock lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.file_ < 0) return refuse("open", directory);
  while (::flock(lock.file_, LOCK_EX) != 0) {
    if (errno != EINTR) return refuse("lock", directory);
  }
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace godwit
