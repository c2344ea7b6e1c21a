#include "dashboard/session/sessions.h"

#include <algorithm>
#include <utility>

#include "core/ascii.h"
#include "core/assert.h"
#include "core/signature.h"

namespace godwit {
namespace {

constexpr char version = 1;
constexpr std::size_t expiry_size = 8;
constexpr std::size_t payload_size =
    1 + SessionCookie::token_size + expiry_size + SessionCookie::nonce_size;
constexpr std::size_t signature_size = 32;
// 41 and 32 bytes in base64url and a point, and no more.
constexpr std::size_t cookie_size_max = 128;

/// Exactly one text stands for some bytes: what base64url_encode() makes of them.
std::optional<std::string> decode(std::string_view text) {
  std::string standard(text);
  for (char& c : standard) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  Result<std::string> bytes = base64_decode(standard);
  if (!bytes || base64url_encode(*bytes, /*padded=*/false) != text) return std::nullopt;
  return std::move(*bytes);
}

/// What stands for a token in cookies: nobody can guess on a weak token with it.
std::string name_in_cookie(std::string_view secret, std::string_view digest) {
  return hmac_sha256(secret, "token " + std::string(digest)).substr(0, SessionCookie::token_size);
}

}  // namespace

std::optional<SessionCookie> parse_session_cookie(std::string_view value) {
  if (value.size() > cookie_size_max) return std::nullopt;
  const std::size_t point = value.find('.');
  if (point == std::string_view::npos) return std::nullopt;
  const std::optional<std::string> payload = decode(value.substr(0, point));
  std::optional<std::string> signature = decode(value.substr(point + 1));
  if (!payload || !signature) return std::nullopt;
  if (payload->size() != payload_size || signature->size() != signature_size ||
      payload->front() != version) {
    return std::nullopt;
  }
  std::uint64_t expires = 0;
  for (std::size_t i = 0; i < expiry_size; ++i) {
    const auto byte = static_cast<unsigned char>((*payload)[1 + SessionCookie::token_size + i]);
    expires = expires << 8 | byte;
  }
  if (expires > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return SessionCookie{
      .token = payload->substr(1, SessionCookie::token_size),
      .expires = from_unix_ms(static_cast<std::int64_t>(expires)),
      .nonce = payload->substr(payload_size - SessionCookie::nonce_size),
      .signed_part = std::string(value.substr(0, point)),
      .signature = std::move(*signature),
  };
}

std::string_view cookie_value(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (!equals_ignore_case(header.name, "Cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = ascii::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
        return pair.substr(equals + 1);
      }
    }
  }
  return {};
}

Sessions::Sessions(std::string secret, Milliseconds session_time)
    : secret_(std::move(secret)), session_time_(session_time) {
  GODWIT_ASSERT(secret_.size() >= 32);
}

void Sessions::set_tokens(std::vector<KnownToken> tokens) {
  tokens_ = std::move(tokens);
  by_digest_.clear();
  by_cookie_name_.clear();
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    by_digest_.emplace(tokens_[i].digest, i);
    by_cookie_name_.emplace(name_in_cookie(secret_, tokens_[i].digest), i);
  }
}

const KnownToken* Sessions::find_token(std::string_view token) const {
  // Hashed before it is compared: the time tells of the hash only.
  const auto found = by_digest_.find(sha256(token));
  return found == by_digest_.end() ? nullptr : &tokens_[found->second];
}

std::string Sessions::key_of(const KnownToken& token) const {
  return hmac_sha256(secret_, "session " + token.digest);
}

std::string Sessions::begin(const KnownToken& token, Timestamp now, std::string_view random) const {
  GODWIT_ASSERT(random.size() == SessionCookie::nonce_size);
  std::string payload(1, version);
  payload += name_in_cookie(secret_, token.digest);
  const auto expires = static_cast<std::uint64_t>(to_unix_ms(now + session_time_));
  for (std::size_t i = 0; i < expiry_size; ++i) {
    payload.push_back(static_cast<char>(expires >> (8 * (expiry_size - 1 - i)) & 0xff));
  }
  payload += random;
  const std::string text = base64url_encode(payload, /*padded=*/false);
  return text + "." + base64url_encode(hmac_sha256(key_of(token), text), /*padded=*/false);
}

std::optional<Session> Sessions::find(std::string_view cookie, Timestamp now) const {
  const std::optional<SessionCookie> parsed = parse_session_cookie(cookie);
  if (!parsed || parsed->expires <= now) return std::nullopt;
  const auto found = by_cookie_name_.find(parsed->token);
  if (found == by_cookie_name_.end()) return std::nullopt;
  const KnownToken& token = tokens_[found->second];
  const std::string key = key_of(token);
  if (!equals_constant_time(parsed->signature, hmac_sha256(key, parsed->signed_part))) {
    return std::nullopt;
  }
  return Session{.token = &token,
                 .expires = parsed->expires,
                 .csrf_token = base64url_encode(hmac_sha256(key, "csrf " + parsed->signed_part),
                                                /*padded=*/false)};
}

std::string Sessions::keyed_name(std::string_view purpose) const {
  return base64url_encode(hmac_sha256(secret_, "name " + std::string(purpose)).substr(0, 16),
                          /*padded=*/false);
}

}  // namespace godwit
