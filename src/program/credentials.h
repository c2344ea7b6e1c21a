#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/tokens.h"
#include "config/accounts.h"
#include "config/configuration.h"
#include "core/result.h"
#include "dashboard/session/known_tokens.h"
#include "engine/engine.h"

namespace godwit {

/// Who may use the broker.
struct Credentials {
  TokenTable tokens;
  std::vector<std::string> accounts;  ///< Of the tokens, each once.
  std::vector<KnownToken> known;      ///< The same tokens, as people see them.
};

/// GODWIT_TOKEN, the tokens of the data directory and, for `godwit dev`, the public test users.
/// Errors: invalid_argument when a server has no token, or a public one, with what to do about it;
/// conflict when two accounts share a number; unavailable, corrupt.
Result<Credentials> load_credentials(const Configuration& configuration);

/// What an account signs with from now on, and what has to be written for that.
struct SigningKeyChoice {
  SigningKeys keys;
  bool replaces_rotated = false;  ///< The store's rotated pair is outdated and must be overwritten.
  std::optional<StoredKeys> to_save;  ///< For the file, after the store.
};

/// Pure. The pair of the environment wins when it is not the one that was applied last; else a
/// rotated pair, else the file's, else `fresh`. Each may be missing but the last.
SigningKeyChoice choose_signing_keys(const std::optional<SigningKeys>& environment,
                                     const std::optional<StoredKeys>& saved,
                                     const std::optional<SigningKeys>& rotated,
                                     const StoredKeys& fresh);

/// The signing keys of every account that ever had any, kept in the data directory (or nowhere,
/// when ephemeral).
class SigningKeyring {
 public:
  explicit SigningKeyring(const Configuration& configuration);

  /// Reads the file. Errors: unavailable, corrupt.
  Result<void> load();

  struct Assignment {
    AccountId account = 0;
    SigningKeys keys;
    bool replaces_rotated = false;
  };
  /// Decides for `accounts` and for all that the file knows. `rotated` asks the store. Fresh pairs
  /// are written before this returns; pairs that replace rotated ones by confirm(), once the store
  /// has them. Errors: unavailable; those of `rotated`.
  Result<std::vector<Assignment>> assign(
      const std::vector<std::string>& accounts,
      const std::function<Result<std::optional<SigningKeys>>(AccountId)>& rotated);
  Result<void> confirm();

 private:
  void keep(StoredKeys keys);
  Result<void> save();

  const Configuration& configuration_;
  SigningKeyFile file_;
  std::vector<StoredKeys> saved_;
  std::vector<StoredKeys> unconfirmed_;
};

}  // namespace godwit
