#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/route.h"
#include "core/message.h"
#include "core/result.h"
#include "core/time.h"
#include "engine/listing.h"
#include "engine/resources.h"

namespace godwit {

inline constexpr std::size_t dead_letter_count_max = 100;  ///< QStash's default and most.
inline constexpr std::size_t log_count_default = 100;
inline constexpr std::size_t log_count_max = 1000;
inline constexpr std::size_t filter_values_max = 1000;  ///< Of one filter, ids included.
inline constexpr std::size_t cancel_ids_max = 10'000;
inline constexpr std::size_t cancel_count_max = 500;  ///< More is as good as no limit.
/// What the official clients send when their caller names no count, while they promise him that one
/// call cancels all that matches: as good as none.
inline constexpr std::size_t cancel_count_unset = 100;
inline constexpr std::size_t bulk_action_count_default = 100;
inline constexpr std::size_t bulk_action_count_max = 1000;

/// What a request selects of the dead letter queue. `query.account` is the caller's to set.
struct DeadLetterSelection {
  DeadLetterQuery query;
  bool nothing = false;  ///< The filters cannot match anything: there is no need to look.
  bool by_ids = false;   ///< `dlqIds` was given.
  std::optional<std::size_t> body_size_max;  ///< `trimBody`
};

/// What a request selects of the log. `query.account` is the caller's to set.
struct LogSelection {
  LogQuery query;
  bool nothing = false;
  bool of_one_message = false;  ///< `messageId` was given.
  std::optional<std::size_t> body_size_max;
};

/// What a bulk cancel selects: ids, or else what its filters tell (everything, when there are
/// none).
struct CancelSelection {
  std::vector<std::string> ids;  ///< As given, without doubles; only when by_ids.
  bool by_ids = false;           ///< `messageIds` was given.
  MessageFilter filter;
  std::optional<Timestamp> from, to;  ///< Inclusive; when the message was created.
  std::optional<std::size_t> count;   ///< Cancel that many at most; never cancel_count_unset.
  bool asynchronous = false;          ///< `async`: do not wait until it is done.
};

/// The filters of a bulk cancel, name by name as requests have them (`count` too, but neither ids
/// nor `async`): parse_cancel_selection() makes the same selection of them. Equal selections give
/// equal lists.
Headers filters_of(const CancelSelection& selection);

/// What a request wants of the list of bulk actions.
struct BulkActionSelection {
  std::size_t count = bulk_action_count_default;
  std::string cursor;
  std::optional<bool> finished;  ///< `state`; nullopt: any.
};

/// The filters of QStash's listings, from a query or from a JSON body that means the same. Values
/// of one name are alternatives, whether the name is repeated or they are separated by commas (in
/// `url` and `path` only by commas that another URL or path follows). An empty value is as good as
/// none. Filters by workflow runs, which this version does not have, are accepted where QStash has
/// them and match nothing. Pure. Errors: invalid_argument, naming the parameter; for a name that is
/// no filter too, since ignoring it would select more than was asked for.
Result<DeadLetterSelection> parse_dead_letter_selection(std::span<const Parameter> parameters);
Result<LogSelection> parse_log_selection(std::span<const Parameter> parameters);
Result<CancelSelection> parse_cancel_selection(std::span<const Parameter> parameters);
Result<BulkActionSelection> parse_bulk_action_selection(std::span<const Parameter> parameters);

/// `search`. Errors as above.
Result<std::string> parse_flow_control_search(std::span<const Parameter> parameters);

/// `parallelism`, `rate` and `period` (whole seconds) of a pin: at least one of the first two, and
/// no period without a rate. Errors as above.
Result<FlowControlChange> parse_flow_control_pin(std::span<const Parameter> parameters);

/// `parallelism` and `rate`, booleans. Errors as above.
Result<FlowControlChange> parse_flow_control_unpin(std::span<const Parameter> parameters);

}  // namespace godwit
