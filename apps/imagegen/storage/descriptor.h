#pragma once
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit::imagegen {

/// A file descriptor that is closed with its scope; errno survives that.
class Descriptor {
 public:
  explicit Descriptor(int file) : file_(file) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  explicit operator bool() const { return file_ >= 0; }
  int get() const { return file_; }

 private:
  int file_;
};

// All of these leave the reason of a failure in errno.

/// false: something was not written.
bool write_whole(const Descriptor& file, std::string_view content);

/// Fills `place` as far as the file goes; how far. unavailable: it cannot be read.
Result<std::size_t> read_some(const Descriptor& file, std::string& place);

/// Makes the names in a directory durable.
bool sync_directory(const std::string& directory);

}  // namespace godwit::imagegen
