#include "engine/listing.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "core/url.h"
#include "engine/page_selection.h"
#include "engine/time_scan.h"

namespace godwit {
namespace {

constexpr std::uint32_t last_sequence = std::numeric_limits<std::uint32_t>::max();

bool any_of(const std::vector<std::string>& wanted, std::string_view text) {
  return wanted.empty() || std::ranges::find(wanted, text) != wanted.end();
}

bool matches_url_parts(const MessageFilter& filter, std::string_view url_text) {
  const Result<Url> url = parse_url(url_text);
  if (!url) return false;  // It was accepted once, under other rules: no part of it is certain.
  const bool host_matches =
      filter.hosts.empty() || std::ranges::any_of(filter.hosts, [&url](const std::string& host) {
        return equals_ignore_case(host, url->host) || equals_ignore_case(host, url->authority);
      });
  return host_matches && any_of(filter.paths, url->path());
}

bool matches(const DeadLetterQuery& query, const RecordSketch& sketch) {
  return (query.statuses.empty() ||
          std::ranges::find(query.statuses, sketch.last_status) != query.statuses.end()) &&
         query.filter.matches(sketch.traits);
}

/// Its partition.
using DeadLetters = PageSelection<DeadLetterId, std::uint16_t>;

/// Returns where a scan that was cut short must go on.
Result<std::optional<Timestamp>> pick_matching(const StoreReader& reader, std::uint16_t partitions,
                                               const DeadLetterQuery& query, DeadLetters& letters,
                                               std::size_t& skipped) {
  Timestamp from = clamp_bound(query.from.value_or(Timestamp::min()));
  Timestamp to = clamp_bound(query.to.value_or(Timestamp::max()));
  const bool earliest_first = query.order == Order::earliest_first;
  if (const auto& after = letters.after()) {
    if (earliest_first) {
      // Behind the last one of a millisecond is the next.
      const Milliseconds step(after->sequence == last_sequence ? 1 : 0);
      from = std::max(from, clamp_bound(after->entered) + step);
    } else {
      to = std::min(to, clamp_bound(after->entered));
    }
  }
  RecordSketch sketch;
  TimeScan scan;
  scan.order = query.order;
  scan.start = earliest_first ? from : to;
  scan.is_beyond = [&](Timestamp time) {
    return letters.full() &&
           (earliest_first ? time > letters.last().entered : time < letters.last().entered);
  };
  scan.visit = [&](const TimedRange& range, std::string_view key, std::string_view value) {
    const auto id = keys::parse_dead_letter(key);
    if (id && !letters.wants(*id)) return true;
    if (!id || !sketch_dead_letter(value, sketch)) {
      ++skipped;
    } else if (matches(query, sketch)) {
      letters.put(*id, range.partition);
    }
    return true;
  };
  for (std::uint16_t partition = 0; partition < partitions; ++partition) {
    scan.ranges.push_back(
        {.space = Space::dlq,
         .keys = keys::account_times(partition, query.account, from, to + Milliseconds(1)),
         .partition = partition,
         .time_of = [](std::string_view key) -> std::optional<Timestamp> {
           const auto id = keys::parse_dead_letter(key);
           if (!id) return std::nullopt;
           return id->entered;
         },
         .first_key =
             [partition, account = query.account](Timestamp time) {
               return keys::account_times(partition, account, time, time).begin;
             }});
  }
  ScanBudget budget(query.scan_max);
  return scan_in_time(reader, scan, budget);
}

Result<std::optional<DeadLetterRecord>> read_in(const StoreReader& reader, std::uint16_t partition,
                                                AccountId account, DeadLetterId id) {
  const auto bytes = reader.get(Space::dlq, keys::dead_letter(partition, account, id));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::optional<DeadLetterRecord>();
  Result<DeadLetterRecord> record = decode_dead_letter(**bytes);
  if (!record) return std::unexpected(record.error());
  return std::optional<DeadLetterRecord>(std::move(*record));
}

}  // namespace

bool MessageFilter::matches(const MessageTraits& traits) const {
  if (!ids.empty() && std::ranges::find(ids, traits.id) == ids.end()) return false;
  if (!any_of(urls, traits.url) || !any_of(caller_ips, traits.caller_ip)) return false;
  if (!labels.empty() && std::ranges::none_of(traits.labels, [this](std::string_view label) {
        return std::ranges::find(labels, label) != labels.end();
      })) {
    return false;
  }
  if (!any_of(groups, traits.group) || !any_of(queues, traits.queue) ||
      !any_of(schedules, traits.schedule_id) ||
      !any_of(flow_control_keys, traits.flow_control_key)) {
    return false;
  }
  return (hosts.empty() && paths.empty()) || matches_url_parts(*this, traits.url);
}

Result<DeadLetterIdPage> list_dead_letter_ids(const StoreReader& reader, std::uint16_t partitions,
                                              const DeadLetterQuery& query) {
  Result<DeadLetterIdPage> page(std::in_place);
  if (!query.dead_letter_ids.empty()) {
    page->ids = query.dead_letter_ids;
    std::ranges::sort(page->ids);
    page->ids.erase(std::ranges::unique(page->ids).begin(), page->ids.end());
    if (query.order == Order::latest_first) std::ranges::reverse(page->ids);
    return page;
  }
  std::optional<DeadLetterId> after;
  if (!query.cursor.empty()) {
    after = DeadLetterId::parse(query.cursor);
    if (!after) return fail(ErrorCode::invalid_argument, "invalid cursor");
  }
  const std::size_t count = std::max<std::size_t>(query.count, 1);
  DeadLetters letters(query.order, selection_capacity(count), after);
  const Result<std::optional<Timestamp>> cut =
      pick_matching(reader, partitions, query, letters, page->skipped);
  if (!cut) return std::unexpected(cut.error());

  for (const auto& [id, partition] : letters.take()) {
    const bool is_behind =
        *cut && (query.order == Order::earliest_first ? id.entered >= **cut : id.entered <= **cut);
    if (is_behind) break;
    if (page->ids.size() == count) {
      page->cursor = page->ids.back().to_string();
      return page;
    }
    page->ids.push_back(id);
  }
  if (*cut) {
    const Milliseconds step(query.order == Order::earliest_first ? 1 : 0);
    page->cursor = DeadLetterId{**cut - step, last_sequence}.to_string();
  }
  return page;
}

Result<std::optional<DeadLetterRecord>> read_dead_letter(const StoreReader& reader,
                                                         std::uint16_t partitions,
                                                         AccountId account, DeadLetterId id) {
  // Ids are unique in an account.
  for (std::uint16_t partition = 0; partition < partitions; ++partition) {
    Result<std::optional<DeadLetterRecord>> record = read_in(reader, partition, account, id);
    if (!record || *record) return record;
  }
  return std::optional<DeadLetterRecord>();
}

Result<DeadLetterPage> list_dead_letters(const StoreReader& reader, std::uint16_t partitions,
                                         const DeadLetterQuery& query) {
  Result<DeadLetterIdPage> found = list_dead_letter_ids(reader, partitions, query);
  if (!found) return std::unexpected(found.error());
  Result<DeadLetterPage> page(std::in_place);
  page->cursor = std::move(found->cursor);
  page->skipped = found->skipped;
  for (const DeadLetterId& id : found->ids) {
    Result<std::optional<DeadLetterRecord>> record =
        read_dead_letter(reader, partitions, query.account, id);
    if (!record && record.error().code == ErrorCode::corrupt) {
      ++page->skipped;
    } else if (!record) {
      return std::unexpected(record.error());
    } else if (*record) {
      page->entries.push_back({id, std::move(**record)});
    }
  }
  return page;
}

Result<std::optional<MessageId>> replayed_as(const StoreReader& reader, AccountId account,
                                             MessageId message) {
  const Result<std::optional<std::string>> bytes =
      reader.get(Space::log, keys::replayed(account, message));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  const std::optional<MessageId> id = MessageId::from_bytes(**bytes);
  if (!id) return fail(ErrorCode::corrupt, "a stored replay record cannot be read: it is no id");
  return id;
}

}  // namespace godwit
