#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "imagegen/domain/effective.h"
#include "imagegen/storage/storage.h"

namespace godwit::imagegen {

/// Secrets at rest: AES-256-GCM with the key in `directory`/secret.key (0600, made at first use),
/// bound to the secret's name. A database without its key file tells nothing.
/// Threads: the io_context's. Lifetime: storage outlives it.
class SecretVault {
 public:
  /// Errors: unavailable (the key file cannot be read or made), invalid_argument (it is not a key,
  /// or others may read it).
  static Result<SecretVault> open(const std::string& directory, Storage& storage);
  SecretVault(SecretVault&&) noexcept;
  SecretVault& operator=(SecretVault&&) noexcept;
  ~SecretVault();

  /// Errors: corrupt when a value was sealed with another key: names the remedy (set it again).
  Result<Secrets> secrets();
  Result<void> set(Secret which, std::optional<std::string_view> value);  ///< nullopt clears.

  /// For other values that must not be read from the file: fetched signing keys, the password's
  /// key.
  Result<std::optional<std::string>> open_value(std::string_view name);
  Result<void> seal_value(std::string_view name, std::optional<std::string_view> value);

 private:
  class Impl;
  explicit SecretVault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit::imagegen
