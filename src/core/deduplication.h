#pragma once
#include <array>
#include <string_view>

#include "core/message.h"

namespace godwit {

/// What two publishes must share to be one message within the window. 16 bytes of SHA-256 over
/// length-prefixed fields, so no two different inputs are spelled alike.
using DeduplicationKey = std::array<char, 16>;

/// QStash: an explicit id is scoped to the account, not to the destination.
DeduplicationKey deduplication_key_of_id(AccountId account, std::string_view id);

/// QStash: destination, body, Content-Type and the forwarded headers (sorted by lower-case name).
DeduplicationKey deduplication_key_of_content(const Message& message);

}  // namespace godwit
