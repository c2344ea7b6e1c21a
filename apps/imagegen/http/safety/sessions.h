#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "imagegen/storage/secret_vault.h"
#include "net/http.h"

namespace godwit::imagegen {

/// Browsers that come back. Each has a random cookie, logged in or not; the token that proves that
/// a request is a page's own is an HMAC of the cookie, so nothing is kept for those that never log
/// in. Logins are kept, hashed and sealed, so that they outlive a restart: at most logins_max, for
/// at most login_time, and only as long as the password stays.
///
/// Threads: the io_context's. Lifetime: the vault outlives it.
class Sessions {
 public:
  static constexpr std::size_t logins_max = 100;  ///< The oldest goes first.
  static constexpr Milliseconds login_time{30LL * 86'400'000};

  /// `port` tells the cookies of two applications on one machine apart. Errors: the vault's.
  static Result<Sessions> open(SecretVault& vault, std::uint16_t port);

  /// The session of a request; empty: it has none that could be ours.
  std::string of(const HttpRequest& request) const;
  /// A new one.
  static std::string begin();
  /// The Set-Cookie value that gives a session to the browser.
  std::string cookie(std::string_view session, bool https) const;

  /// What pages send as X-CSRF-Token.
  std::string token(std::string_view session) const;
  bool token_matches(std::string_view session, std::string_view token) const;

  bool logged_in(std::string_view session, std::string_view password_record, Timestamp now) const;
  /// Durable when it returns; so below. Errors: the vault's.
  Result<void> log_in(std::string_view session, std::string_view password_record, Timestamp now);
  Result<void> log_out(std::string_view session);

  /// A salt that stays the same, for a password that comes from the environment.
  std::string salt() const;

 private:
  struct Login {
    std::string session_hash;   // Hexadecimal.
    std::string password_hash;  // Of the record; hexadecimal.
    Timestamp until{};
  };
  Sessions(SecretVault& vault, std::string key, std::uint16_t port);
  Result<void> load();
  Result<void> save();
  std::string keyed(std::string_view purpose, std::string_view text) const;

  SecretVault* vault_;
  std::string key_;
  std::string cookie_name_;
  std::vector<Login> logins_;  // Oldest first.
};

}  // namespace godwit::imagegen
