#include "store/rocksdb_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace godwit {
namespace {

constexpr int format_version = 1;
constexpr std::string_view format_prefix = "godwit ";

std::unexpected<Error> unusable(const std::filesystem::path& directory, const std::string& why) {
  return fail(ErrorCode::unavailable,
              "the data directory " + directory.string() + " cannot be used: " + why);
}

/// A new directory is durable once the one above it is synced.
std::error_code sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return {errno, std::generic_category()};
  std::error_code error;
  if (::fsync(fd) != 0) error = {errno, std::generic_category()};
  ::close(fd);
  return error;
}

rocksdb::Status write_format(rocksdb::Env& env, const std::filesystem::path& directory) {
  // Written aside and renamed: a crash leaves no FORMAT or a whole one.
  const std::string path = (directory / "FORMAT").string();
  const std::string text = std::string(format_prefix) + std::to_string(format_version) + "\n";
  rocksdb::Status status = rocksdb::WriteStringToFile(&env, text, path + ".new", true);
  if (status.ok()) status = env.RenameFile(path + ".new", path);
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::Directory> handle;
  status = env.NewDirectory(directory.string(), &handle);
  return status.ok() ? handle->Fsync() : status;
}

}  // namespace

Result<void> prepare_store_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(directory, error).lexically_normal();
  if (error) return unusable(directory, error.message());
  if (!path.has_filename()) path = path.parent_path();

  if (std::filesystem::is_directory(path, error)) return {};
  if (std::filesystem::exists(path, error)) return unusable(directory, "it is not a directory");
  const std::filesystem::path above = path.parent_path();
  if (above != path) {
    if (Result<void> made = prepare_store_directory(above); !made) return made;
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return unusable(directory, std::generic_category().message(errno));
  }
  if (const std::error_code synced = sync_directory(above)) {
    return unusable(directory, synced.message());
  }
  return {};
}

Result<void> check_store_format(rocksdb::Env& env, const std::filesystem::path& directory) {
  std::string text;
  rocksdb::Status status = rocksdb::ReadFileToString(&env, (directory / "FORMAT").string(), &text);
  // Env reports a missing file as NotFound or as an IOError of its path, by the call.
  if (status.IsNotFound() || status.IsPathNotFound()) {
    if (env.FileExists((directory / "CURRENT").string()).ok()) {
      return fail(ErrorCode::corrupt,
                  "the data directory " + directory.string() +
                      " holds a database without a FORMAT file: godwit did not make it");
    }
    status = write_format(env, directory);
    if (!status.ok()) return unusable(directory, status.ToString());
    return {};
  }
  if (!status.ok()) return unusable(directory, status.ToString());

  const std::string_view line(text);
  int version = 0;
  if (line.starts_with(format_prefix)) {
    const char* const end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data() + format_prefix.size(), end, version);
    if (error != std::errc() || rest == end || *rest != '\n') version = 0;
  }
  if (version < 1) {
    return fail(ErrorCode::corrupt,
                "the FORMAT file of the data directory " + directory.string() + " cannot be read");
  }
  if (version > format_version) {
    return fail(ErrorCode::corrupt,
                "the data directory " + directory.string() + " has format " +
                    std::to_string(version) + ", and this godwit reads formats up to " +
                    std::to_string(format_version) + ": start the newer godwit that wrote it");
  }
  return {};
}

}  // namespace godwit
