// The raw floor of a durable acknowledgement on a disk: append a record and fdatasync, alone, on a
// preallocated file and on a growing one.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "arguments.h"
#include "latency.h"

namespace godwit::bench {
namespace {

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& path)
      : path_(path), fd_(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (fd_ < 0) die_errno(path);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    close(fd_);
    unlink(path_.c_str());
  }

  void write_at(std::size_t offset, const std::vector<char>& bytes) {
    const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written != static_cast<ssize_t>(bytes.size())) die_errno("write " + path_);
  }

  void sync() {
    if (fdatasync(fd_) != 0) die_errno("fdatasync " + path_);
  }

 private:
  std::string path_;
  int fd_;
};

std::string measure(const std::string& path, std::size_t record_bytes, std::size_t count,
                    bool preallocated) {
  ScratchFile file(path);
  // Written, not only reserved: the first write into a reserved extent changes the extent's state,
  // which is metadata that fdatasync has to put on disk as well.
  if (preallocated) file.write_at(0, std::vector<char>(record_bytes * count, 'p'));
  file.sync();

  const std::vector<char> record(record_bytes, 'r');
  LatencyHistogram latency;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t start = monotonic_ns();
    file.write_at(i * record_bytes, record);
    file.sync();
    latency.record(monotonic_ns() - start);
  }
  return latency.json();
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  Arguments arguments(argc, argv);
  const std::string directory = arguments.text("directory", ".");
  const std::size_t record_bytes = arguments.number("record-bytes", 512);
  const std::size_t count = arguments.number("count", 5000);
  arguments.finish();

  const std::string path = directory + "/bench_fsync." + std::to_string(getpid());
  const std::string preallocated = measure(path, record_bytes, count, true);
  const std::string growing = measure(path, record_bytes, count, false);
  std::printf("{\"preallocated\":%s,\"growing\":%s}\n", preallocated.c_str(), growing.c_str());
}
