#include "imagegen/http/archive/zip_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "core/assert.h"

namespace godwit::imagegen {

struct ZipWriter::Impl {
  struct Free {
    void operator()(archive* ended) const { archive_write_free(ended); }
    void operator()(archive_entry* ended) const { archive_entry_free(ended); }
  };

  static la_ssize_t take_bytes(archive* /*unused*/, void* impl, const void* bytes,
                               std::size_t size) {
    static_cast<Impl*>(impl)->out.append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
  }

  Result<void> check(int status) const {
    // Warnings are about names that cannot be written; ours are UTF-8, so one is as bad as failure.
    if (status == ARCHIVE_OK) return {};
    const char* const text = archive_error_string(writer.get());
    return fail(ErrorCode::unavailable,
                std::string("the archive cannot be written: ") + (text == nullptr ? "" : text));
  }

  std::string out;
  std::unique_ptr<archive, Free> writer{archive_write_new()};
};

ZipWriter::ZipWriter() : impl_(std::make_unique<Impl>()) {
  archive* const writer = impl_->writer.get();
  GODWIT_ASSERT(writer != nullptr);
  GODWIT_ASSERT(archive_write_set_format_zip(writer) == ARCHIVE_OK);
  GODWIT_ASSERT(archive_write_set_options(writer, "zip:compression=store,zip:hdrcharset=UTF-8") ==
                ARCHIVE_OK);
  GODWIT_ASSERT(archive_write_set_bytes_per_block(writer, 0) == ARCHIVE_OK);
  GODWIT_ASSERT(archive_write_open2(writer, impl_.get(), nullptr, &Impl::take_bytes, nullptr,
                                    nullptr) == ARCHIVE_OK);
}

ZipWriter::~ZipWriter() = default;

Result<void> ZipWriter::begin(std::string_view name, Timestamp modified,
                              std::optional<std::uint64_t> size) {
  const std::unique_ptr<archive_entry, Impl::Free> entry(archive_entry_new());
  GODWIT_ASSERT(entry != nullptr);
  archive_entry_set_pathname_utf8(entry.get(), std::string(name).c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), to_unix_ms(modified) / 1000, 0);
  if (size) archive_entry_set_size(entry.get(), static_cast<la_int64_t>(*size));
  return impl_->check(archive_write_header(impl_->writer.get(), entry.get()));
}

Result<void> ZipWriter::write(std::string_view bytes) {
  const la_ssize_t written = archive_write_data(impl_->writer.get(), bytes.data(), bytes.size());
  if (written < 0) return impl_->check(static_cast<int>(written));
  if (static_cast<std::size_t>(written) == bytes.size()) return {};
  return fail(ErrorCode::unavailable,
              "the archive cannot be written: a file is larger than was announced");
}

Result<void> ZipWriter::end() {
  return impl_->check(archive_write_finish_entry(impl_->writer.get()));
}

Result<void> ZipWriter::close() { return impl_->check(archive_write_close(impl_->writer.get())); }

std::string ZipWriter::take() { return std::exchange(impl_->out, {}); }
std::size_t ZipWriter::waiting() const { return impl_->out.size(); }

}  // namespace godwit::imagegen
