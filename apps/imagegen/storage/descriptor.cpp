#include "imagegen/storage/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace godwit::imagegen {

Descriptor::~Descriptor() {
  const int error = errno;
  if (file_ >= 0) ::close(file_);
  errno = error;
}

bool write_whole(const Descriptor& file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<std::size_t> read_some(const Descriptor& file, std::string& place) {
  std::size_t size = 0;
  while (size < place.size()) {
    const ssize_t count = ::read(file.get(), place.data() + size, place.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(ErrorCode::unavailable, std::strerror(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  return size;
}

bool sync_directory(const std::string& directory) {
  const Descriptor file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return file && ::fsync(file.get()) == 0;
}

}  // namespace godwit::imagegen
