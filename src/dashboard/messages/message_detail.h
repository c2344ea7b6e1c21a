#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/json_out.h"
#include "core/message.h"
#include "core/result.h"
#include "engine/broker.h"
#include "engine/message_search.h"

namespace godwit {

/// One attempt of a message, as its rows tell.
struct AttemptView {
  int number = 1;  ///< From 1, of the attempts that the log still has.
  Timestamp started;
  std::optional<LogRow> ended{};  ///< nullopt: under way.
};
/// Pure.
std::vector<AttemptView> attempts_of(const std::vector<LogRow>& rows);

/// An attempt that is left to a living message. Times are what the retry rules give when each
/// attempt fails at once; nobody knows them before the first one's is known.
struct PlannedAttempt {
  int number = 1;
  std::optional<Timestamp> at{};
};
inline constexpr std::size_t planned_attempts_max = 100;
/// Pure.
std::vector<PlannedAttempt> plan_of(const MessageSummary& summary, const Waiting& waiting,
                                    Timestamp now);

/// What the page of a message shows beside its history.
struct MessageDetail {
  MessageHistory history;
  std::optional<DeadLetterId> dead_letter{};  ///< Its entry, while there.
  std::vector<MessageId> replayed_as{};
};
/// nullopt: there is no such message. Errors as read_message(). Threads: any.
Result<std::optional<MessageDetail>> read_detail(const StoreReader& reader,
                                                 std::uint16_t partitions, AccountId account,
                                                 MessageId id, const LivingMessages& living);

/// The members of contract.ts's MessageDetail, into an object that is open. What the message asks
/// to be redacted is. `waiting`: of a living message. Threads: the loop.
void write_detail_members(JsonWriter& json, const MessageDetail& detail,
                          const std::optional<Waiting>& waiting, Timestamp now);

}  // namespace godwit
