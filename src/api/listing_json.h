#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/filters.h"
#include "core/result.h"
#include "engine/listing.h"
#include "store/store.h"

namespace godwit {

/// What listings read. For threads other than the io_context's.
struct ListingSource {
  const StoreReader& reader;  ///< A snapshot.
  std::uint16_t partitions = 1;
  std::size_t scan_max = scan_everything;  ///< As LogQuery::scan_max: of one answer.
  std::size_t& skipped;  ///< Grows by the records that could not be read and were passed over.
};

/// Beyond this a page of dead letters ends early, with a cursor; where there is no cursor (lists of
/// ids, the log), bodies are left out from there on, as `trimBody=0` would.
inline constexpr std::size_t listing_size_max = 32u << 20;

/// The answer to `GET /v2/dlq`. Errors as list_dead_letters().
Result<std::string> dead_letters_json(const ListingSource& source, DeadLetterSelection selection);

/// The answer to `GET /v2/dlq/{id}`. Errors: not_found (the text is the caller's); as
/// list_dead_letters().
Result<std::string> dead_letter_json(const ListingSource& source, AccountId account,
                                     DeadLetterId id);

/// The ids of one page, for bulk requests by filter.
struct DeadLetterIds {
  std::vector<DeadLetterId> ids;
  std::string cursor;  ///< Empty: no more match. There may be none here, and a cursor.
};
Result<DeadLetterIds> find_dead_letters(const ListingSource& source, DeadLetterSelection selection);

/// The answer to `GET /v2/events`; `named_logs`: to `GET /v2/logs`, which has the rows under both
/// names and, for one message, grouped as well. Errors as list_log().
Result<std::string> log_json(const ListingSource& source, const LogSelection& selection,
                             const LivingMessages& living, bool named_logs);

}  // namespace godwit
