#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "api/listing_json.h"
#include "core/result.h"
#include "dashboard/routing/query.h"
#include "engine/listing.h"
#include "engine/message_search.h"

namespace godwit {

/// What selects dead letters on the dashboard. OR inside one field, AND between fields.
struct DeadLetterSearch {
  DeadLetterQuery query{};  ///< Latest first.
  std::vector<std::string> fingerprints{};
  std::string text{};  ///< Bytes of the id, URL, labels, headers, body, error or response.
};
/// Errors: invalid_argument, naming the parameter. Pure.
Result<DeadLetterSearch> parse_dead_letter_search(const DashboardQuery& query, AccountId account,
                                                  Timestamp now);

/// What the error of a dead letter's last attempt says: the transport's, or how the response began.
std::string_view error_of(const DeadLetterRecord& record);
/// What its message's row shows.
MessageSummary summary_of(const DeadLetterEntry& entry);
std::string fingerprint_of(const DeadLetterRecord& record);

/// Looks at as many entries as the source allows; the page then ends early, with a cursor.
/// Errors and threads as list_dead_letters().
Result<DeadLetterPage> find_dead_letters(const ListingSource& source, DeadLetterSearch search);

struct DeadLetterGroup {
  std::string host;
  int status = 0;  ///< 0: there was no response.
  std::string fingerprint;
  std::string error;  ///< Of the newest.
  std::size_t count = 0;
  Timestamp first, last;  ///< When they entered.
  DeadLetterId newest;
};
struct DeadLetterGroups {
  std::vector<DeadLetterGroup> groups;  ///< The largest first.
  std::size_t scanned = 0;
  bool complete = true;  ///< False: only the newest `scanned` were looked at.
};
inline constexpr std::size_t dead_letter_groups_max = 1'000;
Result<DeadLetterGroups> group_dead_letters(const ListingSource& source, AccountId account);

}  // namespace godwit
