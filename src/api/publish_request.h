#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "api/route.h"
#include "api/settings.h"
#include "core/message.h"
#include "core/result.h"
#include "engine/engine.h"

namespace godwit {

class AddressPolicy;

inline constexpr std::size_t forwarded_headers_max = 256;
inline constexpr std::size_t deduplication_id_length_max = 256;

/// What every publish of an installation is held against. The references outlive it.
struct PublishRules {
  const ApiSettings& settings;
  const AddressPolicy* guard = nullptr;  ///< Null: literal addresses are not checked.
};

/// Where the settings of a message come from: `Upstash-...` headers, else the query parameters of
/// the same names. An empty value is as good as none. The referents outlive the call it is handed
/// to.
struct MessageSettings {
  const Headers& headers;
  std::span<const Parameter> query = {};
  bool authorization_is_credential = true;  ///< Then `Upstash-Header-Forward` keeps it back.
};

/// One publish as it came in.
struct PublishRequest {
  AccountId account = 0;
  std::string destination;
  MessageSettings settings;
  std::string body;
  std::string caller_ip;
};

/// Reads a publish to a URL; the first thing that is wrong is the error, in a text that names the
/// header. Pure. `not_before` is left at 1970 (at once) unless the request delays the message.
/// Errors: invalid_argument; quota_exceeded; not_found for a URL group, since there are none yet. A
/// setting that this version cannot honour is invalid_argument, never ignored; settings that nobody
/// knows are ignored, as at QStash.
Result<Publish> parse_publish(PublishRequest request, Timestamp now, const PublishRules& rules);

/// Reads the settings of a dead letter's retry, which replace those of its message; forwarded
/// headers replace those of the same name. Never empty. Errors as above; deduplication and
/// Upstash-Header-Forward are not for retries.
Result<std::function<void(Message&)>> parse_retry_changes(const MessageSettings& settings,
                                                          Timestamp now, const PublishRules& rules);

}  // namespace godwit
