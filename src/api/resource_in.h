#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "core/time.h"
#include "engine/resources.h"

namespace godwit {

struct PublishRules;

inline constexpr std::size_t endpoint_name_length_max = 256;
/// Of one request; how many a group may have is the engine's to say.
inline constexpr std::size_t endpoints_in_request_max = 10'000;
inline constexpr std::size_t group_headers_max = 256;

/// The body of `POST /v2/queues`.
struct QueueUpsert {
  std::string name;
  std::optional<int> parallelism;
  std::optional<bool> paused;
};
/// Errors: invalid_argument, naming the member; quota_exceeded beyond `parallelism_max`.
Result<QueueUpsert> parse_queue_upsert(std::string_view body, int parallelism_max);

/// The body of `POST` and `DELETE /v2/topics/{name}/endpoints`. To be added, each needs a valid
/// URL; to be removed, a name or a URL.
enum class EndpointsAre { added, removed };
/// Errors: invalid_argument, naming what is wrong; also when there are none to add.
Result<std::vector<GroupEndpoint>> parse_endpoints(std::string_view body, EndpointsAre purpose,
                                                   const PublishRules& rules);

/// The body of `PATCH /v2/topics/{name}`: `{"headers": {name: value or array of values}}`. They
/// must make sense as the headers of a publish. Errors: invalid_argument, quota_exceeded.
Result<Headers> parse_group_headers(std::string_view body, const PublishRules& rules,
                                    Timestamp now);

}  // namespace godwit
