#pragma once
#include <cstdint>

namespace godwit::imagegen {

/// Who may use a route.
enum class Access : std::uint8_t {
  anybody,     ///< Without a session.
  broker,      ///< Without a session: the handler verifies a signature.
  visitor,     ///< With a session's cookie and token, logged in or not: logging in itself.
  reader,      ///< Logged in, where that is asked for.
  writer,      ///< The same, and the request carries the session's token.
  measurement  ///< Logged in, or directly from this machine: what monitoring reads.
};

}  // namespace godwit::imagegen
