#include "api/authentication.h"

#include "core/signature.h"

namespace godwit {
namespace {

/// The token of `Bearer <token>`, or empty for any other scheme.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  if (!equals_ignore_case(authorization.substr(0, scheme.size()), scheme)) return {};
  authorization.remove_prefix(scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return authorization;
}

}  // namespace

std::optional<Authenticated> Authenticator::authenticate(const Headers& headers,
                                                         std::string_view query_token) {
  if (const std::string* authorization = find_header(headers, "Authorization")) {
    if (const auto credential = find(bearer_token(*authorization))) {
      return Authenticated{.credential = *credential, .by_header = true};
    }
  }
  if (const auto credential = find(query_token)) {
    return Authenticated{.credential = *credential, .by_header = false};
  }
  return std::nullopt;
}

void Authenticator::forget() {
  remembered_.fill({});
  next_ = 0;
}

std::optional<Credential> Authenticator::find(std::string_view token) {
  if (token.empty()) return std::nullopt;
  for (const Remembered& remembered : remembered_) {
    if (equals_constant_time(remembered.token, token)) return remembered.credential;
  }
  const auto credential = tokens_.find(token);
  if (credential) {
    remembered_[next_] = Remembered{.token = std::string(token), .credential = *credential};
    next_ = (next_ + 1) % remembered_max;
  }
  return credential;
}

}  // namespace godwit
