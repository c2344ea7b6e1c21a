#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/message.h"

namespace godwit {

/// What happened to the source of a callback, as its body tells it.
struct CallbackEvent {
  const Message& source;
  int retried = 0;                       ///< Retries made before this attempt.
  const AttemptResult& result;           ///< status 0 when no response came.
  std::string_view dead_letter_id = {};  ///< Failure callbacks only.
  std::size_t body_max = 0;              ///< Of the response's body: the beginning.
};

/// The message that tells `event` to `callback.url` (QStash: the callback body of section
/// "callbacks": JSON with status, header, body, retried, maxRetries, sourceMessageId, ...). Its
/// retries are the source's unless the callback names its own; a redacted source makes a redacted
/// body in read APIs. id, created and not_before are left to the engine, except that a delayed
/// callback's not_before is `now` + its delay. Pure.
Message make_callback(const Callback& callback, const CallbackEvent& event, Timestamp now);

}  // namespace godwit
