#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/tokens.h"
#include "core/message.h"

namespace godwit {

/// Whom a request speaks for, and by what.
struct Authenticated {
  Credential credential;
  bool by_header = false;  ///< The Authorization header was the credential; else `qstash_token`.
};

/// Finds the credential of requests, and remembers the last few tokens that were right, so that a
/// busy client does not pay for a hash with every request. Remembered tokens stay in memory only
/// and are compared in constant time.
///
/// Threads: one. Lifetime: the table outlives it; tokens are only ever added to the table.
class Authenticator {
 public:
  explicit Authenticator(const TokenTable& tokens) : tokens_(tokens) {}

  /// The Authorization header comes first; `query_token` (`qstash_token`, empty: none) counts when
  /// there is no such header or it is not a token of ours, as with webhooks that bring their own.
  /// nullopt: neither is right.
  std::optional<Authenticated> authenticate(const Headers& headers, std::string_view query_token);

 private:
  static constexpr std::size_t remembered_max = 8;
  struct Remembered {
    std::string token;
    Credential credential;
  };

  std::optional<Credential> find(std::string_view token);

  const TokenTable& tokens_;
  std::array<Remembered, remembered_max> remembered_;
  std::size_t next_ = 0;
};

}  // namespace godwit
