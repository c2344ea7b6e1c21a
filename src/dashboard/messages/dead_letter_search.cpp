#include "dashboard/messages/dead_letter_search.h"

#include <algorithm>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "core/url.h"
#include "dashboard/messages/fingerprint.h"
#include "dashboard/messages/message_query.h"
#include "dashboard/messages/message_rows.h"

namespace godwit {
namespace {

constexpr std::size_t error_read_max = 1'000;

std::string host_of(const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  return parsed ? parsed->authority : std::string();
}

bool matches(const DeadLetterSearch& search, const DeadLetterEntry& entry) {
  if (!search.fingerprints.empty() &&
      std::ranges::find(search.fingerprints, fingerprint_of(entry.record)) ==
          search.fingerprints.end()) {
    return false;
  }
  if (search.text.empty()) return true;
  const AttemptResult& last = entry.record.last;
  if (last.error.find(search.text) != std::string::npos ||
      last.response_body.find(search.text) != std::string::npos) {
    return true;
  }
  MessageSearch text;
  text.text = search.text;
  return matches(text, summary_of(entry));
}

}  // namespace

Result<DeadLetterSearch> parse_dead_letter_search(const DashboardQuery& query, AccountId account,
                                                  Timestamp now) {
  Result<MessageSearch> read = parse_message_search(query, account, now);
  if (!read) return std::unexpected(read.error());
  DeadLetterSearch search;
  search.query.account = account;
  search.query.filter = std::move(read->filter);
  for (const StatusRange& range : read->statuses) {
    for (int status = range.least; status <= range.most; ++status) {
      search.query.statuses.push_back(status);
    }
  }
  search.query.from = read->from;
  search.query.to = read->to;
  search.query.order = Order::latest_first;
  search.query.count = read->count;
  search.query.cursor = std::move(read->cursor);
  search.fingerprints = query.all("fingerprint");
  search.text = std::move(read->text);
  return search;
}

std::string_view error_of(const DeadLetterRecord& record) {
  if (!record.last.error.empty()) return record.last.error;
  if (!record.last.response_body.empty()) {
    return cut_text(record.last.response_body, error_read_max);
  }
  return record.reason;
}

std::string fingerprint_of(const DeadLetterRecord& record) {
  return error_fingerprint(error_of(record));
}

MessageSummary summary_of(const DeadLetterEntry& entry) {
  MessageSummary summary;
  summary.message = std::make_shared<const Message>(entry.record.message);
  summary.state = MessageState::failed;
  summary.updated = entry.id.entered;
  summary.retried = entry.record.retried;
  summary.attempts = entry.record.retried + 1;
  summary.body_size = entry.record.message.body.size();
  LogRow& last = summary.last.emplace();
  last.time = entry.id.entered;
  last.state = LogState::error;
  last.status = entry.record.last.status;
  last.error = std::string(error_of(entry.record));
  last.timing = entry.record.last.timing;
  last.response_headers = entry.record.last.response_headers;
  last.response_body = entry.record.last.response_body;
  return summary;
}

Result<DeadLetterPage> find_dead_letters(const ListingSource& source, DeadLetterSearch search) {
  constexpr std::size_t step_max = 200;
  Result<DeadLetterPage> found(std::in_place);
  const std::size_t count = std::max<std::size_t>(search.query.count, 1);
  const bool looks_inside = !search.fingerprints.empty() || !search.text.empty();
  std::size_t size = 0;
  for (std::size_t looked = 0;;) {
    search.query.count = looks_inside ? step_max : count - found->entries.size();
    search.query.scan_max = source.scan_max;
    const Result<DeadLetterIdPage> page =
        list_dead_letter_ids(source.reader, source.partitions, search.query);
    if (!page) return std::unexpected(page.error());
    found->skipped += page->skipped;
    for (const DeadLetterId& id : page->ids) {
      Result<std::optional<DeadLetterRecord>> record =
          read_dead_letter(source.reader, source.partitions, search.query.account, id);
      ++looked;
      if (!record && record.error().code == ErrorCode::corrupt) {
        ++found->skipped;
        continue;
      }
      if (!record) return std::unexpected(record.error());
      if (!*record) continue;
      DeadLetterEntry entry{id, std::move(**record)};
      if (matches(search, entry)) {
        size += entry.record.message.body.size() + entry.record.last.response_body.size();
        found->entries.push_back(std::move(entry));
      }
      const bool enough = found->entries.size() >= count || size > listing_size_max ||
                          (looks_inside && looked >= source.scan_max);
      const bool more = id != page->ids.back() || !page->cursor.empty();
      if (enough && more) {
        found->cursor = id.to_string();
        return found;
      }
    }
    // A page that ended early for what it looked at is the end of this one as well.
    if (page->cursor.empty() || page->ids.empty() || !looks_inside) {
      found->cursor = page->cursor;
      return found;
    }
    search.query.cursor = page->cursor;
  }
}

Result<DeadLetterGroups> group_dead_letters(const ListingSource& source, AccountId account) {
  using Key = std::tuple<std::string, int, std::string>;
  std::map<Key, DeadLetterGroup> groups;
  Result<DeadLetterGroups> found(std::in_place);
  for (std::uint16_t partition = 0; partition < source.partitions; ++partition) {
    const auto visit = [&](std::string_view key, std::string_view value) {
      const auto id = keys::parse_dead_letter(key);
      if (!id) return true;
      if (found->scanned >= source.scan_max) {
        found->complete = false;
        return false;
      }
      ++found->scanned;
      const Result<DeadLetterRecord> record = decode_dead_letter(value);
      if (!record) {
        ++source.skipped;
        return true;
      }
      Key name{host_of(record->message.url), record->last.status, fingerprint_of(*record)};
      const auto [at, is_new] = groups.try_emplace(std::move(name));
      DeadLetterGroup& group = at->second;
      if (is_new) {
        std::tie(group.host, group.status, group.fingerprint) = at->first;
        group.first = id->entered;
      }
      ++group.count;
      group.first = std::min(group.first, id->entered);
      if (is_new || group.newest < *id) {
        group.newest = *id;
        group.last = id->entered;
        group.error = cut_text(error_of(*record), error_shown_max);
      }
      return true;
    };
    const Result<void> scanned = source.reader.scan(Space::dlq, keys::account(partition, account),
                                                    StoreReader::Direction::backward, visit);
    if (!scanned) return std::unexpected(scanned.error());
  }
  for (auto& [name, group] : groups) found->groups.push_back(std::move(group));
  std::ranges::sort(found->groups, std::ranges::greater(), &DeadLetterGroup::count);
  if (found->groups.size() > dead_letter_groups_max) {
    found->groups.resize(dead_letter_groups_max);
    found->complete = false;
  }
  return found;
}

}  // namespace godwit
