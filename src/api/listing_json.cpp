#include "api/listing_json.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "api/message_json.h"
#include "core/json_out.h"

namespace godwit {
namespace {

BodyLimit limit_of(std::optional<std::size_t> body_size_max) {
  return body_size_max ? BodyLimit{*body_size_max} : BodyLimit{};
}

/// The dead letters that `selection` names, in order. Lists of ids have no cursor.
Result<DeadLetterIdPage> find_page(const ListingSource& source, DeadLetterSelection& selection) {
  if (selection.nothing) return DeadLetterIdPage{};
  DeadLetterQuery& query = selection.query;
  if (selection.by_ids && query.dead_letter_ids.empty()) return DeadLetterIdPage{};
  if (!selection.by_ids) query.dead_letter_ids.clear();
  query.scan_max = source.scan_max;
  Result<DeadLetterIdPage> page = list_dead_letter_ids(source.reader, source.partitions, query);
  if (page) source.skipped += page->skipped;
  return page;
}

/// nullopt: it is not there, or cannot be read and was passed over.
Result<std::optional<DeadLetterRecord>> read_entry(const ListingSource& source, AccountId account,
                                                   DeadLetterId id) {
  Result<std::optional<DeadLetterRecord>> record =
      read_dead_letter(source.reader, source.partitions, account, id);
  if (record || record.error().code != ErrorCode::corrupt) return record;
  ++source.skipped;
  return std::optional<DeadLetterRecord>();
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
  Result<DeadLetterIdPage> page = find_page(source, selection);
  if (!page) return std::unexpected(std::move(page.error()));
  const BodyLimit limit = limit_of(selection.body_size_max);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("messages");
  json.begin_array();
  // Dead letters carry whole bodies: one of them at a time is in memory.
  for (const DeadLetterId& id : page->ids) {
    const bool enough = out.size() > listing_size_max;
    Result<std::optional<DeadLetterRecord>> record =
        read_entry(source, selection.query.account, id);
    if (!record) return std::unexpected(std::move(record.error()));
    if (*record) {
      write_dead_letter(json, {id, std::move(**record)}, enough ? BodyLimit{0} : limit);
    }
    if (!selection.by_ids && out.size() > listing_size_max && id != page->ids.back()) {
      page->cursor = id.to_string();
      break;
    }
  }
  json.end_array();
  json.member_unless_empty("cursor", page->cursor);
  json.end_object();
  return out;
}

Result<std::string> dead_letter_json(const ListingSource& source, AccountId account,
                                     DeadLetterId id) {
  Result<std::optional<DeadLetterRecord>> record = read_entry(source, account, id);
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) return fail(ErrorCode::not_found, "");
  std::string out;
  JsonWriter json(out);
  write_dead_letter(json, {id, std::move(**record)});
  return out;
}

Result<DeadLetterIds> find_dead_letters(const ListingSource& source,
                                        DeadLetterSelection selection) {
  Result<DeadLetterIdPage> page = find_page(source, selection);
  if (!page) return std::unexpected(std::move(page.error()));
  return DeadLetterIds{.ids = std::move(page->ids), .cursor = std::move(page->cursor)};
}

Result<std::string> log_json(const ListingSource& source, const LogSelection& selection,
                             const LivingMessages& living, bool named_logs) {
  LogPage page;
  if (!selection.nothing) {
    LogQuery query = selection.query;
    query.scan_max = source.scan_max;
    Result<LogPage> listed = list_log(source.reader, source.partitions, query, living);
    if (!listed) return std::unexpected(std::move(listed.error()));
    page = std::move(*listed);
    source.skipped += page.skipped;
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
