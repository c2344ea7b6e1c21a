#include "dashboard/session/session_secret.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/durable_file.h"
#include "core/signature.h"

namespace godwit {
namespace {

constexpr const char* file_name = "dashboard-secret";
constexpr std::size_t secret_size = 32;

}  // namespace

Result<std::string> load_session_secret(const std::filesystem::path& directory) {
  if (Result<void> made = make_directory(directory); !made) return std::unexpected(made.error());
  const Result<DirectoryLock> lock = DirectoryLock::acquire(directory);
  if (!lock) return std::unexpected(lock.error());
  const std::filesystem::path path = directory / file_name;
  std::error_code problem;
  const bool exists = std::filesystem::exists(path, problem);
  if (problem) {
    return fail(ErrorCode::unavailable, path.string() + " cannot be read: " + problem.message());
  }
  if (!exists) {
    std::string secret = random_bytes(secret_size);
    const std::string line = base64url_encode(secret, /*padded=*/false) + "\n";
    if (Result<void> written = replace_file(directory, file_name, line); !written) {
      return std::unexpected(written.error());
    }
    return secret;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::unavailable, path.string() + " cannot be read: " + std::strerror(errno));
  }
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  Result<std::string> secret = base64_decode(text);
  if (!secret || secret->size() != secret_size) {
    return fail(ErrorCode::corrupt, path.string() +
                                        " does not hold 32 bytes in base64url; remove it, and "
                                        "everybody has to log in again");
  }
  return secret;
}

}  // namespace godwit
