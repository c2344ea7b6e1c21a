#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/tokens.h"
#include "core/time.h"

namespace godwit {

/// A token that this server accepts, as people see it. The token itself is known to nobody.
struct KnownToken {
  enum class Source { file, environment, public_user };
  std::string id;  ///< `tok_...`; of the environment's `environment`, of a public one `public-...`.
  std::string account;
  std::string name = {};  ///< May be empty.
  Credential credential;
  std::optional<Timestamp> created = {};
  Source source = Source::file;
  std::string digest;  ///< The 32 bytes of its SHA-256.
};

}  // namespace godwit
