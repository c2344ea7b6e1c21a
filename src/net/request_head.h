#pragma once
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/http_client.h"

namespace godwit {

/// Whether a header belongs to one connection and not to the message, or is the client's own to
/// set: Host, Content-Length, Connection, Transfer-Encoding, Keep-Alive, Upgrade, TE, Trailer,
/// Expect, Proxy-*.
bool is_connection_header(std::string_view name);

/// Appends request line and headers to `out`. Connection headers of the request are left out.
/// Errors: invalid_argument when a method, name or value holds what HTTP does not allow there.
Result<void> append_request_head(std::string& out, const OutgoingRequest& request,
                                 std::string_view user_agent);

}  // namespace godwit
