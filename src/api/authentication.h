#pragma once
#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "api/tokens.h"
#include "core/message.h"
#include "net/http.h"

namespace godwit {

/// Whom a request speaks for, and by what.
struct Authenticated {
  Credential credential;
  bool by_header = false;  ///< The Authorization header was the credential; else `qstash_token`.
};

/// The cookie of a session: never forwarded to a destination.
inline constexpr std::string_view session_cookie_name = "godwit_session";

/// Whom the cookie of a request speaks for, when it has neither an Authorization header nor a token
/// in its query.
struct SessionVerdict {
  std::optional<Credential> credential = {};  ///< nullopt: it has no cookie that holds.
  std::string refusal = {};  ///< Not empty: 403 with this sentence (a page of another site, ...).
};
using CheckSession = std::function<SessionVerdict(const HttpRequest&)>;

/// Finds the credential of requests, and remembers the last few tokens that were right, so that a
/// busy client does not pay for a hash with every request. Remembered tokens stay in memory only
/// and are compared in constant time.
///
/// Threads: one. Lifetime: the table outlives it; forget() when a token was taken out of it.
class Authenticator {
 public:
  explicit Authenticator(const TokenTable& tokens) : tokens_(tokens) {}

  /// The Authorization header comes first; `query_token` (`qstash_token`, empty: none) counts when
  /// there is no such header or it is not a token of ours, as with webhooks that bring their own.
  /// nullopt: neither is right.
  std::optional<Authenticated> authenticate(const Headers& headers, std::string_view query_token);

  /// The table has changed: nothing that was right before counts any more.
  void forget();

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
