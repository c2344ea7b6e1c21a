#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "core/time.h"

namespace godwit {

/// The account of GODWIT_TOKEN, and of tokens made without --account.
inline constexpr std::string_view default_account = "default";

/// The number that stands for an account in the store: the first 4 bytes of the name's SHA-256,
/// big-endian.
AccountId account_number(std::string_view name);

/// Errors: invalid_argument unless the name is 1 to 64 of letters, digits and `. _ - @`.
Result<void> check_account_name(std::string_view name);

/// Errors: conflict when two different names have one number: their worlds would be one.
Result<void> check_account_numbers(std::span<const std::string> names);

/// A user of QStash's local development server. They are public, so a production server refuses
/// them.
struct PublicUser {
  std::string_view account;
  std::string_view token;
  std::string_view current_signing_key;
  std::string_view next_signing_key;
};
std::span<const PublicUser> public_users();
bool is_public_token(std::string_view token);
/// `digest`: the 32 bytes of SHA-256.
bool is_public_token_digest(std::string_view digest);

/// What is kept of a token: enough to recognise it, not enough to use it.
struct TokenRecord {
  std::string id;  ///< `tok_...`, for people.
  std::string account;
  std::string name;  ///< A note of who uses it; may be empty.
  bool read_only = false;
  Timestamp created;
  std::string digest;  ///< The 32 bytes of the token's SHA-256.
  friend bool operator==(const TokenRecord&, const TokenRecord&) = default;
};

struct TokenRequest {
  std::string account{default_account};
  std::string name = {};
  bool read_only = false;
};
struct CreatedToken {
  std::string token;  ///< Base64 of `{"UserID":"<account>","Password":"<secret>"}`; shown once.
  TokenRecord record;
};

/// The tokens of a data directory: `tokens.toml`, readable by its owner only. Every change is on
/// stable storage when the call returns; changes of several processes wait for one another.
class TokenFile {
 public:
  explicit TokenFile(std::filesystem::path data_directory);

  /// Empty when there is no file yet. Errors: unavailable; corrupt with the line.
  Result<std::vector<TokenRecord>> read() const;
  /// Makes the data directory when it is missing. Errors: as read(); invalid_argument; conflict.
  Result<CreatedToken> create(const TokenRequest& request, Timestamp now);
  /// Removes the token with this id. Errors: as read(); not_found.
  Result<TokenRecord> revoke(std::string_view id);

 private:
  Result<void> write(std::span<const TokenRecord> records) const;
  std::filesystem::path directory_;
  std::filesystem::path path_;
};

/// The keys that an account's deliveries are signed with, before any rotation.
struct StoredKeys {
  std::string account;
  std::string current;
  std::string next;
  /// SHA-256 in hex of the pair of the environment that was applied last; empty: none ever was.
  std::string environment_digest;
  friend bool operator==(const StoredKeys&, const StoredKeys&) = default;
};

/// The signing keys of a data directory: `signing-keys.toml`, readable by its owner only.
class SigningKeyFile {
 public:
  explicit SigningKeyFile(std::filesystem::path data_directory);
  /// Empty when there is no file yet. Errors: unavailable; corrupt with the line.
  Result<std::vector<StoredKeys>> read() const;
  /// On stable storage when it returns. Errors: unavailable.
  Result<void> write(std::span<const StoredKeys> keys) const;

 private:
  std::filesystem::path directory_;
  std::filesystem::path path_;
};

/// A fresh pair: `sig_` and 28 characters each.
StoredKeys make_signing_keys(std::string_view account);
std::string digest_of_keys(std::string_view current, std::string_view next);

}  // namespace godwit
