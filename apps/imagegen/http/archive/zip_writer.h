#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace godwit::imagegen {

/// Writes a ZIP file into memory that is taken away as it grows: images are compressed already, so
/// all is stored as it is. File names are UTF-8. Files past 4 GiB, and archives of them, are ZIP64.
///
/// Threads: one call at a time, on any thread. Errors, everywhere: unavailable, with libarchive's
/// text; the archive is then broken for good.
class ZipWriter {
 public:
  ZipWriter();
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// Begins a file, after the one before it has ended. `size`, where it is known, is binding.
  Result<void> begin(std::string_view name, Timestamp modified, std::optional<std::uint64_t> size);
  Result<void> write(std::string_view bytes);
  Result<void> end();
  /// Ends the archive.
  Result<void> close();

  /// What was written since the last call.
  std::string take();
  std::size_t waiting() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
