#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt_timing.h"
#include "core/boxed.h"
#include "core/flow_control.h"
#include "core/message_id.h"
#include "core/time.h"

namespace godwit {

/// Names an account ("tenant"). Accounts are separate worlds: nothing of one is visible to another.
/// The number is what keys in the store carry; config/ derives it from the account's name and
/// refuses two names with one number.
using AccountId = std::uint32_t;

struct Header {
  std::string name;
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

/// In order; one name may stand several times. Names compare without regard to case.
using Headers = std::vector<Header>;

/// The first value of `name` (any case), or nullptr.
const std::string* find_header(const Headers& headers, std::string_view name);
/// The first value of `name` (any case), or an empty text; it lives as long as `headers` does,
/// unchanged.
std::string_view header_value(const Headers& headers, std::string_view name);

/// `Canonical-Header-Case`: the first letter and every letter after '-' upper, the rest lower.
std::string canonical_header_name(std::string_view name);

/// Whether two ASCII texts are equal without regard to case.
bool equals_ignore_case(std::string_view a, std::string_view b);

enum class Method : std::uint8_t { get, post, put, patch, delete_ };

/// "GET", "POST", ...
std::string_view to_string(Method method);
/// nullopt unless one of the five, in any case (QStash: `Upstash-Method`).
std::optional<Method> parse_method(std::string_view text);

/// What read APIs show as `REDACTED:<sha256>` (QStash: `Upstash-Redact-Fields`). Never touches
/// delivery.
struct Redaction {
  bool body = false;
  bool all_headers = false;
  std::vector<std::string> headers;  ///< Names in any case.
  friend bool operator==(const Redaction&, const Redaction&) = default;
};

/// How a callback of a message is made (QStash: `Upstash-Callback`, `Upstash-Callback-...`, and the
/// same with `Upstash-Failure-Callback`).
struct Callback {
  std::string url;
  Method method = Method::post;
  Headers headers;                 ///< `Upstash-Callback-Forward-...`; canonical names.
  std::optional<int> retries_max;  ///< nullopt: those of the message that it tells about.
  std::string retry_delay;
  std::optional<Milliseconds> timeout;
  std::optional<Milliseconds> delay;
  FlowControl flow_control;
  std::vector<std::string> labels;
  Redaction redaction;
  Boxed<Callback> callback, failure_callback;  ///< Of the callback itself; theirs are empty.
  friend bool operator==(const Callback&, const Callback&) = default;
};

/// One thing that a person changed of a dead letter's message before it was published again.
struct MessageChange {
  enum class What : std::uint8_t { url, method, header, body };
  What what = What::url;
  std::string name;                          ///< Of the header.
  std::optional<std::string> before, after;  ///< nullopt: there was none, there is none.
  friend bool operator==(const MessageChange&, const MessageChange&) = default;
};

/// Where a message came from that was published again out of the dead letter queue.
struct Replay {
  std::string dead_letter_id;          ///< Of the entry, which is gone.
  MessageId message;                   ///< That the entry held.
  std::vector<MessageChange> changes;  ///< Bounded by changes_between().
  friend bool operator==(const Replay&, const Replay&) = default;
};

/// One accepted publish. Never changes once the engine has it; what does change is MessageState.
struct Message {
  MessageId id;  ///< Given by the engine.
  AccountId account = 0;
  std::string url;  ///< The destination, verbatim as the client wrote it.
  Method method = Method::post;
  Headers headers;  ///< Content-Type and forwarded headers; canonical names.
  std::string body;
  int retries_max = 3;                  ///< Attempts are at most retries_max + 1.
  std::string retry_delay;              ///< A valid RetryExpression, or empty: default backoff.
  std::optional<Milliseconds> timeout;  ///< Of one attempt; nullopt: the installation's.
  Timestamp created;                    ///< Given by the engine.
  Timestamp not_before;                 ///< Never delivered earlier.
  std::string caller_ip;                ///< Who published it.
  std::vector<std::string> labels;
  Redaction redaction;

  std::string queue;                 ///< Of which queue; empty: none.
  FlowControl flow_control;          ///< An empty key: none.
  std::string group;                 ///< The URL group it was published to; empty: none.
  std::string endpoint;              ///< The name of its endpoint in the group; empty: it has none.
  std::string schedule_id;           ///< The schedule that made it; empty: none.
  Boxed<Callback> callback;          ///< After every attempt.
  Boxed<Callback> failure_callback;  ///< Once, when the retries ran out.

  /// A callback of a queue's message: the queue goes on only when this one has ended.
  MessageId callback_of;       ///< The message that it tells about; zero: it is no callback.
  std::string blocks_queue;    ///< That message's queue; empty: none.
  bool tells_failure = false;  ///< It is the failure callback of that message.

  Boxed<Replay> replay_of;  ///< What it was before it was published again; empty: nothing.

  /// What its duplicates are known by, for people: the client's id, or "" for the content; nullopt:
  /// it has none. What counts is Publish::deduplication.
  std::optional<std::string> deduplication_id;

  friend bool operator==(const Message&, const Message&) = default;
};

/// What one delivery attempt brought back. Times are for people; deadlines are delivery's own.
struct AttemptResult {
  int status = 0;                         ///< HTTP status, or 0 when no response came.
  std::string error;                      ///< Why there is none; empty when status is not 0.
  Headers response_headers;               ///< In order, canonical names; bounded by delivery.
  std::string response_body;              ///< The beginning, bounded by delivery.
  std::optional<AttemptTiming> timing{};  ///< nullopt: no request was begun.
  friend bool operator==(const AttemptResult&, const AttemptResult&) = default;
};

}  // namespace godwit
