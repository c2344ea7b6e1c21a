#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imagegen/storage/sqlite/database.h"
#include "imagegen/storage/storage.h"

namespace godwit::imagegen {

class Storage::Impl {
 public:
  explicit Impl(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Database& database() { return *database_; }

  /// Takes `count` revisions out of the counter; returns the first. Within a transaction.
  Result<std::int64_t> take_revisions(std::int64_t count);

 private:
  std::unique_ptr<Database> database_;
};

/// All rows, each read by `read(query)`.
template <typename Read>
auto all_rows(Query query, Read read) -> Result<std::vector<decltype(read(query))>> {
  std::vector<decltype(read(query))> rows;
  while (query.next()) rows.push_back(read(query));
  if (Result<void> done = query.result(); !done) return std::unexpected(done.error());
  return rows;
}

/// The first row; nullopt: there is none.
template <typename Read>
auto first_row(Query query, Read read) -> Result<std::optional<decltype(read(query))>> {
  std::optional<decltype(read(query))> row;
  if (query.next()) row = read(query);
  if (Result<void> done = query.result(); !done) return std::unexpected(done.error());
  return row;
}

/// A number that a statement always gives.
inline Result<std::int64_t> number(Query query) {
  const std::int64_t value = query.next() ? query.integer(0) : 0;
  if (Result<void> done = query.result(); !done) return std::unexpected(done.error());
  return value;
}

/// Success if a row was changed, else not_found: `there is no <what> <id>`.
inline Result<void> changed_one(const Result<std::int64_t>& changes, std::string_view what,
                                std::string_view id) {
  if (!changes) return std::unexpected(changes.error());
  if (*changes > 0) return {};
  return fail(ErrorCode::not_found, "there is no " + std::string(what) + " " + std::string(id));
}

/// The columns that read_task() reads, of `tasks t LEFT JOIN images i`.
inline constexpr std::string_view task_columns =
    "t.id, t.generation_id, t.position, t.status, t.phase, t.due_ms, t.lease_until_ms, t.attempt, "
    "t.attempts_max, t.run, t.message_id, t.error_json, t.duration_ms, t.cost_microusd, t.seed, "
    "t.created_ms, t.started_ms, t.finished_ms, t.revision, t.variant_json, t.prompt, "
    "i.id, i.mime, i.width, i.height, i.bytes, i.starred";
inline constexpr int task_columns_count = 27;
inline constexpr std::string_view tasks_with_images =
    "tasks t LEFT JOIN images i ON i.task_id = t.id";

Task read_task(Query& query);

/// `SELECT <task columns> FROM tasks... <rest>`
std::string select_tasks(std::string_view rest);

}  // namespace godwit::imagegen
