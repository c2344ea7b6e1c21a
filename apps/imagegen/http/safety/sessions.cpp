#include "imagegen/http/safety/sessions.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/signature.h"

namespace godwit::imagegen {
namespace {

constexpr std::string_view key_name = "session_key";
constexpr std::string_view logins_name = "logins";
constexpr std::size_t key_size = 32;
constexpr std::size_t session_size = 32;                  // Bytes of randomness.
constexpr std::size_t session_length = session_size * 2;  // As hexadecimal digits.

bool is_session(std::string_view text) {
  return text.size() == session_length && std::ranges::all_of(text, [](char c) {
           return ascii::is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

std::string hash_of(std::string_view text) { return hex_encode(sha256(text)); }

}  // namespace

Sessions::Sessions(SecretVault& vault, std::string key, std::uint16_t port)
    : vault_(&vault), key_(std::move(key)), cookie_name_(fmt::format("imagegen_{}", port)) {}

Result<Sessions> Sessions::open(SecretVault& vault, std::uint16_t port) {
  Result<std::optional<std::string>> key = vault.open_value(key_name);
  if (!key) return std::unexpected(key.error());
  if (!*key || (*key)->size() != key_size) {
    *key = random_bytes(key_size);
    if (Result<void> sealed = vault.seal_value(key_name, **key); !sealed) {
      return std::unexpected(sealed.error());
    }
  }
  Sessions sessions(vault, std::move(**key), port);
  if (Result<void> loaded = sessions.load(); !loaded) return std::unexpected(loaded.error());
  return sessions;
}

// A login is a line: the session's hash, the password's, and until when it holds.
Result<void> Sessions::load() {
  const Result<std::optional<std::string>> text = vault_->open_value(logins_name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return {};
  std::string_view rest = **text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    constexpr std::size_t hash_length = 64;
    constexpr std::size_t time_at = 2 * (hash_length + 1);
    std::int64_t until = 0;
    if (line.size() <= time_at ||
        std::from_chars(line.data() + time_at, line.data() + line.size(), until).ec !=
            std::errc()) {
      return fail(ErrorCode::corrupt, "the stored logins cannot be read");
    }
    logins_.push_back({std::string(line.substr(0, hash_length)),
                       std::string(line.substr(hash_length + 1, hash_length)),
                       from_unix_ms(until)});
  }
  return {};
}

Result<void> Sessions::save() {
  std::string text;
  for (const Login& login : logins_) {
    text +=
        fmt::format("{} {} {}\n", login.session_hash, login.password_hash, to_unix_ms(login.until));
  }
  if (text.empty()) return vault_->seal_value(logins_name, std::nullopt);
  return vault_->seal_value(logins_name, text);
}

std::string Sessions::keyed(std::string_view purpose, std::string_view text) const {
  const std::string message = fmt::format("{}:{}", purpose, text);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const unsigned char* const done = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                                         reinterpret_cast<const unsigned char*>(message.data()),
                                         message.size(), digest.data(), &size);
  GODWIT_ASSERT(done != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string Sessions::of(const HttpRequest& request) const {
  // Cookies are pairs between semicolons, in as many headers as the browser likes.
  for (const Header& header : request.headers) {
    if (!equals_ignore_case(header.name, "Cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = ascii::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (pair.size() > cookie_name_.size() && pair.starts_with(cookie_name_) &&
          pair[cookie_name_.size()] == '=') {
        const std::string_view value = pair.substr(cookie_name_.size() + 1);
        if (is_session(value)) return std::string(value);
      }
    }
  }
  return {};
}

std::string Sessions::begin() { return hex_encode(random_bytes(session_size)); }

std::string Sessions::cookie(std::string_view session, bool https) const {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", cookie_name_,
                     session, std::chrono::duration_cast<std::chrono::seconds>(login_time).count(),
                     https ? "; Secure" : "");
}

std::string Sessions::token(std::string_view session) const {
  return base64url_encode(keyed("csrf", session), false);
}

bool Sessions::token_matches(std::string_view session, std::string_view given) const {
  return !session.empty() && equals_constant_time(token(session), given);
}

bool Sessions::logged_in(std::string_view session, std::string_view password_record,
                         Timestamp now) const {
  if (session.empty()) return false;
  const std::string session_hash = hash_of(session);
  const std::string password_hash = hash_of(password_record);
  return std::ranges::any_of(logins_, [&](const Login& login) {
    return login.session_hash == session_hash && login.password_hash == password_hash &&
           now < login.until;
  });
}

Result<void> Sessions::log_in(std::string_view session, std::string_view password_record,
                              Timestamp now) {
  GODWIT_ASSERT(is_session(session));
  const std::vector<Login> before = logins_;
  const std::string password_hash = hash_of(password_record);
  std::erase_if(logins_, [&](const Login& login) {
    return login.until <= now || login.password_hash != password_hash;
  });
  if (logins_.size() == logins_max) logins_.erase(logins_.begin());
  logins_.push_back({hash_of(session), password_hash, now + login_time});
  Result<void> saved = save();
  if (!saved) logins_ = before;
  return saved;
}

Result<void> Sessions::log_out(std::string_view session) {
  const std::string session_hash = hash_of(session);
  const std::vector<Login> before = logins_;
  if (std::erase_if(logins_,
                    [&](const Login& login) { return login.session_hash == session_hash; }) == 0) {
    return {};
  }
  Result<void> saved = save();
  if (!saved) logins_ = before;
  return saved;
}

std::string Sessions::salt() const { return keyed("salt", "password").substr(0, 16); }

}  // namespace godwit::imagegen
