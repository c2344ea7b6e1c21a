#include "api/listing_json.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <utility>

#include "api/message_json.h"
#include "core/json_out.h"

namespace godwit {
namespace {

/// Dead letters carry whole bodies: a page is read in slices, so that one of them at most is in
/// memory.
constexpr std::size_t slice_max = 16;

BodyLimit limit_of(std::optional<std::size_t> body_size_max) {
  return body_size_max ? BodyLimit{*body_size_max} : BodyLimit{};
}

/// Calls visit(entry) for those that `selection` names, in order, until enough() after a slice;
/// returns the cursor to go on with. Lists of ids have no cursor and are visited to the end.
template <typename Visit, typename Enough>
Result<std::string> for_each_dead_letter(const ListingSource& source, DeadLetterSelection selection,
                                         Visit visit, Enough enough) {
  if (selection.nothing) return std::string();
  if (selection.by_ids) {
    std::vector<DeadLetterId> ids = std::move(selection.query.dead_letter_ids);
    std::ranges::sort(ids);
    if (selection.query.order == Order::latest_first) std::ranges::reverse(ids);
    for (std::size_t begin = 0; begin < ids.size(); begin += slice_max) {
      const auto slice = std::span(ids).subspan(begin, std::min(slice_max, ids.size() - begin));
      DeadLetterQuery query;
      query.account = selection.query.account;
      query.dead_letter_ids.assign(slice.begin(), slice.end());
      query.order = selection.query.order;
      query.count = slice.size();
      const Result<DeadLetterPage> page =
          list_dead_letters(source.reader, source.partitions, query);
      if (!page) return std::unexpected(page.error());
      for (const DeadLetterEntry& entry : page->entries) visit(entry);
    }
    return std::string();
  }
  DeadLetterQuery& query = selection.query;
  std::size_t left = query.count;
  while (left > 0) {
    query.count = std::min(left, slice_max);
    Result<DeadLetterPage> page = list_dead_letters(source.reader, source.partitions, query);
    if (!page) return std::unexpected(std::move(page.error()));
    for (const DeadLetterEntry& entry : page->entries) visit(entry);
    left -= std::min(left, page->entries.size());
    query.cursor = std::move(page->cursor);
    if (query.cursor.empty() || page->entries.empty() || enough()) break;
  }
  return std::move(query.cursor);
}

/// The rows of each message together, oldest first; messages as they first appear.
void write_groups(JsonWriter& json, const std::vector<LogEntry>& entries, bool oldest_first,
                  const std::string& out, BodyLimit limit) {
  std::unordered_map<MessageId, std::vector<const LogEntry*>> rows_of;
  std::vector<MessageId> ids;
  for (const LogEntry& entry : entries) {
    std::vector<const LogEntry*>& rows = rows_of[entry.message->id];
    if (rows.empty()) ids.push_back(entry.message->id);
    rows.push_back(&entry);
  }
  json.begin_array();
  for (const MessageId& id : ids) {
    std::vector<const LogEntry*>& rows = rows_of[id];
    if (!oldest_first) std::ranges::reverse(rows);
    json.begin_object();
    json.member("messageId", id.to_string());
    json.key("events");
    json.begin_array();
    for (const LogEntry* entry : rows) {
      write_log_entry(json, *entry, out.size() > listing_size_max ? BodyLimit{0} : limit);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

std::string rows_json(const std::vector<LogEntry>& entries, BodyLimit limit) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const LogEntry& entry : entries) {
    write_log_entry(json, entry, out.size() > listing_size_max ? BodyLimit{0} : limit);
  }
  json.end_array();
  return out;
}

}  // namespace

Result<std::string> dead_letters_json(const ListingSource& source, DeadLetterSelection selection) {
  const BodyLimit limit = limit_of(selection.body_size_max);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("messages");
  json.begin_array();
  const auto enough = [&] { return out.size() > listing_size_max; };
  const Result<std::string> cursor = for_each_dead_letter(
      source, std::move(selection),
      [&](const DeadLetterEntry& entry) {
        write_dead_letter(json, entry, enough() ? BodyLimit{0} : limit);
      },
      enough);
  if (!cursor) return std::unexpected(cursor.error());
  json.end_array();
  json.member_unless_empty("cursor", *cursor);
  json.end_object();
  return out;
}

Result<std::string> dead_letter_json(const ListingSource& source, AccountId account,
                                     DeadLetterId id) {
  DeadLetterQuery query;
  query.account = account;
  query.dead_letter_ids = {id};
  query.count = 1;
  const Result<DeadLetterPage> page = list_dead_letters(source.reader, source.partitions, query);
  if (!page) return std::unexpected(page.error());
  if (page->entries.empty()) return fail(ErrorCode::not_found, "");
  std::string out;
  JsonWriter json(out);
  write_dead_letter(json, page->entries.front());
  return out;
}

Result<DeadLetterIds> find_dead_letters(const ListingSource& source,
                                        DeadLetterSelection selection) {
  DeadLetterIds found;
  Result<std::string> cursor = for_each_dead_letter(
      source, std::move(selection),
      [&](const DeadLetterEntry& entry) { found.ids.push_back(entry.id); }, [] { return false; });
  if (!cursor) return std::unexpected(std::move(cursor.error()));
  found.cursor = std::move(*cursor);
  return found;
}

Result<std::string> log_json(const ListingSource& source, const LogSelection& selection,
                             const std::vector<LivingRows>& living, bool named_logs) {
  LogPage page;
  if (!selection.nothing) {
    Result<LogPage> listed = list_log(source.reader, source.partitions, selection.query, living);
    if (!listed) return std::unexpected(std::move(listed.error()));
    page = std::move(*listed);
  }
  const BodyLimit limit = limit_of(selection.body_size_max);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (selection.query.group_by_message) {
    json.key("messages");
    write_groups(json, page.entries, true, out, limit);
  } else {
    const std::string rows = rows_json(page.entries, limit);
    if (named_logs) {
      json.key("logs");
      json.raw(rows);
    }
    json.key("events");
    json.raw(rows);
    if (named_logs && selection.of_one_message) {
      json.key("messages");
      write_groups(json, page.entries, selection.query.order == Order::earliest_first, out, limit);
    }
  }
  json.member_unless_empty("cursor", page.cursor);
  json.end_object();
  return out;
}

}  // namespace godwit
