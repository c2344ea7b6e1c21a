#pragma once
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "core/assert.h"

namespace godwit {

/// A new empty directory under the system's place for temporary files, removed with all in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string path = (std::filesystem::temp_directory_path() / "godwit-test-XXXXXX").string();
    GODWIT_ASSERT(::mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;  // A leftover directory fails no test.
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace godwit
