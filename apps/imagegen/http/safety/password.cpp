#include "imagegen/http/safety/password.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <vector>

#include "config/durable_file.h"
#include "config/toml_file.h"
#include "core/ascii.h"
#include "core/signature.h"
#include "imagegen/domain/unicode.h"

namespace godwit::imagegen {
namespace {

constexpr std::string_view file_name = "password";
constexpr std::size_t hash_size = 32;

struct Cost {
  std::uint64_t n = 32'768;
  std::uint64_t r = 8;
  std::uint64_t p = 1;
};

Result<std::string> derive(std::string_view password, std::string_view salt, Cost cost) {
  std::string key(hash_size, '\0');
  constexpr std::uint64_t memory_max = 256UL << 20;
  const int done = EVP_PBE_scrypt(password.data(), password.size(),
                                  reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                                  cost.n, cost.r, cost.p, memory_max,
                                  reinterpret_cast<unsigned char*>(key.data()), key.size());
  if (done != 1) return fail(ErrorCode::unavailable, "scrypt failed: is there memory left?");
  return key;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Record {
  Cost cost;
  std::string salt;
  std::string key;
};

std::optional<Record> parse_record(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(':'), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  if (parts.size() != 6 || parts[0] != "scrypt") return std::nullopt;
  const auto n = number_of(parts[1]);
  const auto r = number_of(parts[2]);
  const auto p = number_of(parts[3]);
  Result<std::string> salt = base64_decode(parts[4]);
  Result<std::string> key = base64_decode(parts[5]);
  if (!n || !r || !p || !salt || !key || key->size() != hash_size) return std::nullopt;
  return Record{{*n, *r, *p}, std::move(*salt), std::move(*key)};
}

}  // namespace

Result<std::string> password_record(std::string_view password, std::string_view salt) {
  const Cost cost;
  const Result<std::string> key = derive(password, salt, cost);
  if (!key) return std::unexpected(key.error());
  return fmt::format("scrypt:{}:{}:{}:{}:{}", cost.n, cost.r, cost.p, base64_encode(salt),
                     base64_encode(*key));
}

bool password_matches(std::string_view password, std::string_view record) {
  const std::optional<Record> parsed = parse_record(record);
  if (!parsed) return false;
  const Result<std::string> key = derive(password, parsed->salt, parsed->cost);
  return key && equals_constant_time(*key, parsed->key);
}

Result<void> check_password(std::string_view password) {
  const std::size_t length = count_characters(password);
  if (length < password_length_min || length > password_length_max) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the password has {} characters; it needs {} to {}", length,
                            password_length_min, password_length_max));
  }
  if (std::ranges::any_of(password, ascii::is_control)) {
    return fail(ErrorCode::invalid_argument,
                "the password holds control characters, which no form can send; leave them out");
  }
  return {};
}

Result<std::optional<std::string>> load_password_record(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / file_name;
  Result<std::string> text = read_file(path, 4'096, true);
  if (!text) {
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown) && !unknown) return std::nullopt;
    return fail(ErrorCode::unavailable, text.error().message);
  }
  if (!parse_record(*text)) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("{} holds no password; set it again with `imagegen password`", path.string()));
  }
  return std::move(*text);
}

Result<void> save_password_record(const std::filesystem::path& directory, std::string_view record) {
  if (Result<void> made = make_directory(directory); !made) return made;
  return replace_file(directory, file_name, std::string(record) + "\n");
}

Result<void> remove_password_record(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove(directory / file_name, error);
  if (!error) return {};
  return fail(
      ErrorCode::unavailable,
      fmt::format("{} cannot be removed: {}", (directory / file_name).string(), error.message()));
}

}  // namespace godwit::imagegen
