#include "engine/listing.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "core/url.h"
#include "engine/page_selection.h"

namespace godwit {
namespace {

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

bool matches(const DeadLetterQuery& query, const DeadLetterRecord& record) {
  return (query.statuses.empty() ||
          std::ranges::find(query.statuses, record.last.status) != query.statuses.end()) &&
         query.filter.matches(record.message);
}

using DeadLetters = PageSelection<DeadLetterId, DeadLetterRecord>;

Result<void> pick_named(const StoreReader& reader, std::uint16_t partitions,
                        const DeadLetterQuery& query, DeadLetters& letters,
                        const std::set<DeadLetterId>& ids, std::size_t& skipped) {
  for (const DeadLetterId& id : ids) {
    for (std::uint16_t partition = 0; partition < partitions; ++partition) {
      const auto bytes = reader.get(Space::dlq, keys::dead_letter(partition, query.account, id));
      if (!bytes) return std::unexpected(bytes.error());
      if (!*bytes) continue;
      Result<DeadLetterRecord> record = decode_dead_letter(**bytes);
      if (record) {
        letters.put(id, std::move(*record));
      } else {
        ++skipped;
      }
      break;  // Ids are unique in an account.
    }
  }
  return {};
}

Result<void> pick_matching(const StoreReader& reader, std::uint16_t partition,
                           const DeadLetterQuery& query, DeadLetters& letters,
                           std::size_t& skipped) {
  Timestamp from = clamp_bound(query.from.value_or(Timestamp::min()));
  Timestamp to = clamp_bound(query.to.value_or(Timestamp::max()));
  const bool earliest_first = query.order == Order::earliest_first;
  if (const auto& after = letters.after()) {
    if (earliest_first) {
      from = std::max(from, clamp_bound(after->entered));
    } else {
      to = std::min(to, clamp_bound(after->entered));
    }
  }
  return reader.scan(
      Space::dlq, keys::account_times(partition, query.account, from, to + Milliseconds(1)),
      earliest_first ? StoreReader::Direction::forward : StoreReader::Direction::backward,
      [&](std::string_view key, std::string_view value) {
        const auto id = keys::parse_dead_letter(key);
        if (!id) {
          ++skipped;
          return true;
        }
        if (!letters.wants(*id)) return !letters.is_beyond(*id);
        Result<DeadLetterRecord> record = decode_dead_letter(value);
        if (!record) {
          ++skipped;
        } else if (matches(query, *record)) {
          letters.put(*id, std::move(*record));
        }
        return true;
      });
}

}  // namespace

bool MessageFilter::matches(const Message& message) const {
  if (!ids.empty() && std::ranges::find(ids, message.id) == ids.end()) return false;
  if (!any_of(urls, message.url) || !any_of(caller_ips, message.caller_ip)) return false;
  if (!labels.empty() && std::ranges::none_of(message.labels, [this](const std::string& label) {
        return std::ranges::find(labels, label) != labels.end();
      })) {
    return false;
  }
  if (!any_of(groups, message.group) || !any_of(queues, message.queue) ||
      !any_of(schedules, message.schedule_id) ||
      !any_of(flow_control_keys, message.flow_control.key)) {
    return false;
  }
  return (hosts.empty() && paths.empty()) || matches_url_parts(*this, message.url);
}

Result<DeadLetterPage> list_dead_letters(const StoreReader& reader, std::uint16_t partitions,
                                         const DeadLetterQuery& query) {
  const std::set<DeadLetterId> named(query.dead_letter_ids.begin(), query.dead_letter_ids.end());
  std::optional<DeadLetterId> after;
  if (!query.cursor.empty() && named.empty()) {
    after = DeadLetterId::parse(query.cursor);
    if (!after) return fail(ErrorCode::invalid_argument, "invalid cursor");
  }
  const std::size_t count = named.empty() ? std::max<std::size_t>(query.count, 1) : named.size();
  DeadLetters letters(query.order, selection_capacity(count), after);
  Result<DeadLetterPage> page(std::in_place);
  if (!named.empty()) {
    const Result<void> picked =
        pick_named(reader, partitions, query, letters, named, page->skipped);
    if (!picked) return std::unexpected(picked.error());
  } else {
    for (std::uint16_t partition = 0; partition < partitions; ++partition) {
      const Result<void> picked = pick_matching(reader, partition, query, letters, page->skipped);
      if (!picked) return std::unexpected(picked.error());
    }
  }

  std::vector<DeadLetters::Entry> picked = letters.take();
  const bool more = picked.size() > count;
  if (more) picked.resize(count);
  page->entries.reserve(picked.size());
  for (auto& [id, record] : picked) page->entries.push_back({id, std::move(record)});
  if (more) page->cursor = page->entries.back().id.to_string();
  return page;
}

}  // namespace godwit
