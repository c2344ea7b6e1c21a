#include "api/tokens.h"

#include "core/assert.h"
#include "core/signature.h"

namespace godwit {

void TokenTable::add(std::string_view token, Credential credential) {
  add_digest(sha256(token), credential);
}

void TokenTable::add_digest(std::string digest, Credential credential) {
  GODWIT_ASSERT(digest.size() == 32);
  by_digest_.insert_or_assign(std::move(digest), credential);
}

std::optional<Credential> TokenTable::find(std::string_view token) const {
  const auto found = by_digest_.find(sha256(token));
  if (found == by_digest_.end()) return std::nullopt;
  return found->second;
}

}  // namespace godwit
