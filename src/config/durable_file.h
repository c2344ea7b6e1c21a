#pragma once
#include <filesystem>
#include <string_view>

#include "core/result.h"

namespace godwit {

/// Makes the directory and its parents, for the owner only, if it is missing. Errors: unavailable,
/// naming it.
Result<void> make_directory(const std::filesystem::path& directory);

/// Replaces `directory/name` by `content`, mode 0600, as one step: after a crash the file is the
/// old one or the new one. On stable storage when it returns. Errors: unavailable, naming the file.
Result<void> replace_file(const std::filesystem::path& directory, std::string_view name,
                          std::string_view content);

/// Holds an advisory lock on a directory, which excludes other holders in other processes.
class DirectoryLock {
 public:
  /// Waits for it. Errors: unavailable.
  static Result<DirectoryLock> acquire(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace godwit
