#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/route.h"
#include "api/settings.h"
#include "core/message.h"
#include "core/result.h"
#include "engine/engine.h"
#include "engine/resources.h"

namespace godwit {

class AddressPolicy;

/// Of a message, and of each of its callbacks.
inline constexpr std::size_t forwarded_headers_max = 256;
inline constexpr std::size_t deduplication_id_length_max = 256;

/// Finds a URL group of an account; nullopt: there is none.
using FindGroup = std::function<Result<std::optional<UrlGroup>>(AccountId, std::string_view name)>;

/// What every publish of an installation is held against. The references outlive it.
struct PublishRules {
  const ApiSettings& settings;
  const AddressPolicy* guard = nullptr;  ///< Null: literal addresses are not checked.
  FindGroup find_group = {};             ///< Empty: there are no groups.
};

/// Where the settings of a message come from: `Upstash-...` headers, else the query parameters of
/// the same names. An empty value is as good as none. The referents outlive the call it is handed
/// to.
struct MessageSettings {
  const Headers& headers;
  std::span<const Parameter> query = {};
  bool authorization_is_credential = true;  ///< Then `Upstash-Header-Forward` keeps it back.
};

/// One publish, or one schedule to be made, as it came in.
struct PublishRequest {
  AccountId account = 0;
  std::string destination;
  std::string queue = {};  ///< Counts before `Upstash-Queue-Name`; empty: none.
  MessageSettings settings;
  std::string body;
  std::string caller_ip;
};

/// A publish to a URL group: one for each of its endpoints, in their order, and never none.
struct GroupPublish {
  std::vector<Publish> publishes;
};

/// What a publish request turns out to ask for. A schedule is as parse_schedule() makes it.
using PublishOrder = std::variant<Publish, GroupPublish, Schedule>;

/// Reads a publish; the first thing that is wrong is the error, in a text that names the header. As
/// pure as rules.find_group. `not_before` is left at 1970 (at once) unless the request delays the
/// message. With `Upstash-Cron` it asks for a schedule. A group's default headers count where the
/// request says nothing. Errors: invalid_argument; quota_exceeded; not_found for an unknown URL
/// group; those of rules.find_group. Settings that nobody knows are ignored, as at QStash.
Result<PublishOrder> parse_publish(PublishRequest request, Timestamp now,
                                   const PublishRules& rules);

/// Reads the request for a schedule. Its id is empty when the client left it to us, `created` and
/// `updated` are the engine's to give. `Upstash-Not-Before` and deduplication mean nothing to
/// schedules and are passed over. A group that does not exist (yet) is no error; one that does
/// gives its defaults now. Errors as above.
Result<Schedule> parse_schedule(PublishRequest request, Timestamp now, const PublishRules& rules);

/// Reads the settings of a dead letter's retry, which replace those of its message; forwarded
/// headers replace those of the same name. Never empty. Errors as above; deduplication,
/// Upstash-Header-Forward and Upstash-Cron are not for retries.
Result<std::function<void(Message&)>> parse_retry_changes(const MessageSettings& settings,
                                                          Timestamp now, const PublishRules& rules);

}  // namespace godwit
