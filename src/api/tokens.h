#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/message.h"

namespace godwit {

/// Whom a token speaks for.
struct Credential {
  AccountId account = 0;
  bool read_only = false;
};

/// The accepted tokens, known by their SHA-256 only. Finding one takes a time that does not depend
/// on how much of a wrong token is right: it is hashed before it is compared.
class TokenTable {
 public:
  void add(std::string_view token, Credential credential);
  /// `digest` is the 32 bytes of SHA-256.
  void add_digest(std::string digest, Credential credential);
  std::optional<Credential> find(std::string_view token) const;
  bool empty() const { return by_digest_.empty(); }

 private:
  std::unordered_map<std::string, Credential> by_digest_;
};

}  // namespace godwit
