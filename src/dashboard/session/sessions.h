#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/authentication.h"
#include "core/message.h"
#include "core/time.h"
#include "dashboard/session/known_tokens.h"

namespace godwit {

/// What a cookie says, before anybody knows whether it is ours.
///
///     version (1 byte, 1) | token (16 bytes) | expiry (8 bytes, ms since 1970, big-endian) |
///     nonce (16 bytes)                          base64url, a point, base64url of the HMAC-SHA-256
struct SessionCookie {
  static constexpr std::size_t token_size = 16;
  static constexpr std::size_t nonce_size = 16;
  std::string token;
  Timestamp expires;
  std::string nonce;
  std::string signed_part;  ///< As it stands in the cookie.
  std::string signature;    ///< 32 bytes.
};
/// nullopt: no cookie of this form. Pure.
std::optional<SessionCookie> parse_session_cookie(std::string_view value);

/// The value of the cookie `name` in a request's Cookie headers; empty: there is none. Pure.
std::string_view cookie_value(const Headers& headers, std::string_view name);

/// A login that holds.
struct Session {
  const KnownToken* token = nullptr;  ///< Until the next set_tokens().
  Timestamp expires;
  std::string csrf_token;  ///< What its pages send as X-CSRF-Token.
};

/// Logins that nobody has to keep: the cookie itself says which token it stands on and until when,
/// signed with the installation's secret and the token's digest. So it outlives a restart, and ends
/// with its token. Threads: one.
class Sessions {
 public:
  static constexpr std::string_view cookie_name = session_cookie_name;

  Sessions(std::string secret, Milliseconds session_time);

  /// The tokens that count from now on. Sessions of others are over.
  void set_tokens(std::vector<KnownToken> tokens);
  const std::vector<KnownToken>& tokens() const { return tokens_; }
  /// nullptr: it is none of ours. Takes a time that does not tell how much of it is right.
  const KnownToken* find_token(std::string_view token) const;

  /// The value of a new cookie; `random` has SessionCookie::nonce_size bytes.
  std::string begin(const KnownToken& token, Timestamp now, std::string_view random) const;
  /// nullopt: not ours, over, or its token was revoked.
  std::optional<Session> find(std::string_view cookie, Timestamp now) const;

  Milliseconds session_time() const { return session_time_; }
  /// A text that only this installation can make of `purpose`: 22 characters of base64url.
  std::string keyed_name(std::string_view purpose) const;

 private:
  std::string key_of(const KnownToken& token) const;

  std::string secret_;
  Milliseconds session_time_;
  std::vector<KnownToken> tokens_;
  std::map<std::string, std::size_t, std::less<>> by_digest_;
  std::map<std::string, std::size_t, std::less<>> by_cookie_name_;
};

}  // namespace godwit
