// What was called: providers by us, our webhook by the broker.
#include "imagegen/storage/sqlite/storage_impl.h"

namespace godwit::imagegen {
namespace {

constexpr std::chrono::hours calls_kept{24};
constexpr std::int64_t webhook_calls_kept = 10'000;

std::optional<Timestamp> read_optional_time(const Query& query) { return query.optional_time(0); }

/// Of a row that may be missing and a value that may be NULL.
Result<std::optional<Timestamp>> flat(Result<std::optional<std::optional<Timestamp>>> row) {
  if (!row) return std::unexpected(row.error());
  return row->value_or(std::nullopt);
}

}  // namespace

Result<void> Storage::add_call(std::string_view limit_key, std::string_view task_id,
                               Timestamp started) {
  Database& database = impl_->database();
  return transaction([&]() -> Result<void> {
    if (Result<void> dropped =
            database.query("DELETE FROM calls WHERE started_ms < ?", started - calls_kept).run();
        !dropped) {
      return dropped;
    }
    return database
        .query("INSERT INTO calls (limit_key, task_id, started_ms) VALUES (?, ?, ?)", limit_key,
               task_id, started)
        .run();
  });
}

Result<std::int64_t> Storage::calls_since(std::string_view limit_key, Timestamp since) {
  return number(impl_->database().query(
      "SELECT count(*) FROM calls WHERE limit_key = ? AND started_ms >= ?", limit_key, since));
}

Result<std::optional<Timestamp>> Storage::nth_latest_call(std::string_view limit_key,
                                                          std::int64_t n) {
  return flat(first_row(impl_->database().query("SELECT started_ms FROM calls WHERE limit_key = ? "
                                                "ORDER BY started_ms DESC LIMIT 1 OFFSET ?",
                                                limit_key, n - 1),
                        read_optional_time));
}

Result<std::optional<Timestamp>> Storage::last_slot(std::string_view limit_key) {
  return flat(first_row(
      impl_->database().query(
          "SELECT max(latest) FROM ("
          "SELECT max(started_ms) AS latest FROM calls WHERE limit_key = ?1 UNION ALL "
          "SELECT max((SELECT max(t.due_ms) FROM tasks t "
          "WHERE t.generation_id = g.id AND t.under_way = 1 AND t.phase <> 'retry_wait')) "
          "FROM generations g WHERE g.limit_key = ?1)",
          limit_key),
      read_optional_time));
}

Result<std::optional<int>> Storage::smallest_rate_limit(std::string_view limit_key) {
  return first_row(impl_->database().query(
                       "SELECT g.rate_limit FROM generations g WHERE g.limit_key = ? AND EXISTS ("
                       "SELECT 1 FROM tasks t WHERE t.generation_id = g.id AND t.under_way = 1) "
                       "ORDER BY g.rate_limit LIMIT 1",
                       limit_key),
                   [](const Query& query) { return query.small(0); });
}

Result<void> Storage::add_webhook_call(const WebhookCall& call) {
  Database& database = impl_->database();
  return transaction([&]() -> Result<void> {
    const Result<std::int64_t> added = number(
        database.query("INSERT INTO webhook_calls (at_ms, task_id, message_id, attempt, status, "
                       "code, duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING number",
                       call.at, call.task_id, call.message_id, call.attempt, call.status, call.code,
                       call.duration));
    if (!added) return std::unexpected(added.error());
    return database
        .query("DELETE FROM webhook_calls WHERE number <= ?", *added - webhook_calls_kept)
        .run();
  });
}

Result<std::vector<WebhookCall>> Storage::webhook_calls(std::string_view task_id,
                                                        std::size_t limit) {
  const std::string columns =
      "SELECT at_ms, task_id, message_id, attempt, status, code, duration_ms FROM webhook_calls ";
  Database& database = impl_->database();
  Query query = task_id.empty()
                    ? database.query(columns + "ORDER BY number DESC LIMIT ?", limit)
                    : database.query(columns + "WHERE task_id = ? ORDER BY number DESC LIMIT ?",
                                     task_id, limit);
  return all_rows(std::move(query), [](const Query& row) {
    return WebhookCall{.at = row.time(0),
                       .task_id = std::string(row.text(1)),
                       .message_id = std::string(row.text(2)),
                       .attempt = row.small(3),
                       .status = row.small(4),
                       .code = std::string(row.text(5)),
                       .duration = Milliseconds(row.integer(6))};
  });
}

}  // namespace godwit::imagegen
