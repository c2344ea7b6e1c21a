// Tasks and their images.
#include "imagegen/domain/unicode.h"
#include "imagegen/storage/sqlite/row_json.h"
#include "imagegen/storage/sqlite/storage_impl.h"

namespace godwit::imagegen {
namespace {

/// The conditions of a filter and their values, on `tasks t`.
struct Conditions {
  std::string sql = " WHERE t.generation_id = ?";
  std::optional<std::string_view> status;
  std::optional<std::string> ids_json;
  std::optional<std::int64_t> after_revision;

  explicit Conditions(const TaskFilter& filter) {
    if (filter.status) {
      sql += " AND t.status = ?";
      status = to_string(*filter.status);
    }
    if (!filter.ids.empty()) {
      sql += " AND t.id IN (SELECT value FROM json_each(?))";
      ids_json = to_json(filter.ids);
    }
    if (filter.after_revision) {
      sql += " AND t.revision > ?";
      after_revision = filter.after_revision;
    }
  }

  void bind(Query& query, std::string_view generation_id) const {
    query.bind(generation_id);
    if (status) query.bind(*status);
    if (ids_json) query.bind(*ids_json);
    if (after_revision) query.bind(*after_revision);
  }
};

Timestamp image_created(const Task& task) {
  return task.finished.value_or(task.started.value_or(task.created));
}

Result<void> insert_image(Database& database, const Task& task) {
  const ImageInfo& image = *task.image;
  Result<void> done = changed_one(
      database.run("INSERT INTO images (id, task_id, generation_id, prompt_id, model, mime, "
                   "width, height, bytes, starred, created_ms, prompt_folded) "
                   "SELECT ?, ?, g.id, g.prompt_id, g.model, ?, ?, ?, ?, ?, ?, ? "
                   "FROM generations g WHERE g.id = ?",
                   image.id, task.id, image.mime, image.width, image.height, image.bytes,
                   task.starred, image_created(task), folded(task.prompt), task.generation_id),
      "generation", task.generation_id);
  for (const auto& [parameter, value] : task.variant) {
    if (!done) return done;
    done = database
               .query("INSERT INTO image_variants (parameter, value, image_id) VALUES (?, ?, ?)",
                      parameter, value, image.id)
               .run();
  }
  return done;
}

/// Makes the image row be what the task says.
Result<void> settle_image(Database& database, const Task& task) {
  const Result<std::optional<std::string>> stored =
      first_row(database.query("SELECT id FROM images WHERE task_id = ?", task.id),
                [](const Query& query) { return std::string(query.text(0)); });
  if (!stored) return std::unexpected(stored.error());
  if (*stored && task.image && **stored == task.image->id) {
    return database.query("UPDATE images SET starred = ? WHERE id = ?", task.starred, **stored)
        .run();
  }
  if (*stored) {
    if (Result<void> removed = database.query("DELETE FROM images WHERE id = ?", **stored).run();
        !removed) {
      return removed;
    }
  }
  return task.image ? insert_image(database, task) : Result<void>();
}

Result<bool> exists(Database& database, std::string_view id) {
  const Result<std::int64_t> count =
      number(database.query("SELECT count(*) FROM tasks WHERE id = ?", id));
  if (!count) return std::unexpected(count.error());
  return *count > 0;
}

void add(Summary& summary, Query& query, int status_column) {
  const std::optional<TaskStatus> status = parse_task_status(query.text(status_column));
  const int count = query.small(status_column + 1);
  if (!status) return query.mark_corrupt("a status of a task");
  switch (*status) {
    case TaskStatus::pending:
      summary.pending += count;
      break;
    case TaskStatus::processing:
      summary.processing += count;
      break;
    case TaskStatus::done:
      summary.done += count;
      break;
    case TaskStatus::failed:
      summary.failed += count;
      break;
    case TaskStatus::canceled:
      summary.canceled += count;
      break;
  }
}

}  // namespace

std::string select_tasks(std::string_view rest) {
  std::string sql = "SELECT ";
  sql += task_columns;
  sql += " FROM ";
  sql += tasks_with_images;
  sql += rest;
  return sql;
}

Task read_task(Query& query) {
  Task task;
  task.id = query.text(0);
  task.generation_id = query.text(1);
  task.index = query.small(2);
  const std::optional<TaskStatus> status = parse_task_status(query.text(3));
  const std::optional<TaskPhase> phase = parse_task_phase(query.text(4));
  if (!status || !phase) query.mark_corrupt("a status of a task");
  task.status = status.value_or(TaskStatus::pending);
  task.phase = phase.value_or(TaskPhase::draft);
  task.due = query.optional_time(5);
  task.lease_until = query.optional_time(6);
  task.attempt = query.small(7);
  task.attempts_max = query.small(8);
  task.run = query.small(9);
  task.message_id = query.text(10);
  if (!query.is_null(11)) {
    task.error = read_task_error(query.text(11));
    if (!task.error) query.mark_corrupt("an error of a task");
  }
  if (!query.is_null(12)) task.duration = Milliseconds(query.integer(12));
  if (!query.is_null(13)) task.cost_microusd = query.integer(13);
  if (!query.is_null(14)) task.seed = query.integer(14);
  task.created = query.time(15);
  task.started = query.optional_time(16);
  task.finished = query.optional_time(17);
  task.revision = query.integer(18);
  std::optional<Variant> variant = read_variant(query.text(19));
  if (!variant) query.mark_corrupt("a variant of a task");
  task.variant = std::move(variant).value_or(Variant());
  task.prompt = query.text(20);
  if (!query.is_null(21)) {
    task.image = ImageInfo{.id = std::string(query.text(21)),
                           .mime = std::string(query.text(22)),
                           .width = query.small(23),
                           .height = query.small(24),
                           .bytes = query.integer(25)};
    task.starred = query.integer(26) != 0;
  }
  return task;
}

Result<std::optional<Task>> Storage::task(std::string_view id) {
  return first_row(impl_->database().query(select_tasks(" WHERE t.id = ?"), id), read_task);
}

Result<std::vector<Task>> Storage::tasks(std::string_view generation_id, const TaskFilter& filter) {
  const Conditions conditions(filter);
  Query query = impl_->database().query(
      select_tasks(conditions.sql + " ORDER BY t.position LIMIT ? OFFSET ?"));
  conditions.bind(query, generation_id);
  query.bind(filter.limit, filter.offset);
  return all_rows(std::move(query), read_task);
}

Result<std::size_t> Storage::count_tasks(std::string_view generation_id, const TaskFilter& filter) {
  const Conditions conditions(filter);
  Query query = impl_->database().query("SELECT count(*) FROM tasks t" + conditions.sql);
  conditions.bind(query, generation_id);
  const Result<std::int64_t> count = number(std::move(query));
  if (!count) return std::unexpected(count.error());
  return static_cast<std::size_t>(*count);
}

Result<void> Storage::update(Task& task) {
  Database& database = impl_->database();
  std::int64_t revision = 0;
  const Result<void> done = transaction([&]() -> Result<void> {
    const Result<std::int64_t> taken = impl_->take_revisions(1);
    if (!taken) return std::unexpected(taken.error());
    revision = *taken;
    std::optional<std::string> error;
    if (task.error) error = to_json(*task.error);
    const Result<std::int64_t> changed = database.run(
        "UPDATE tasks SET status = ?, phase = ?, due_ms = ?, lease_until_ms = ?, attempt = ?, "
        "attempts_max = ?, run = ?, message_id = ?, error_json = ?, duration_ms = ?, "
        "cost_microusd = ?, seed = ?, started_ms = ?, finished_ms = ?, revision = ?, "
        "variant_json = ?, prompt = ? WHERE id = ? AND revision = ?",
        to_string(task.status), to_string(task.phase), task.due, task.lease_until, task.attempt,
        task.attempts_max, task.run, task.message_id, error, task.duration, task.cost_microusd,
        task.seed, task.started, task.finished, revision, to_json(task.variant), task.prompt,
        task.id, task.revision);
    if (!changed) return std::unexpected(changed.error());
    if (*changed == 0) {
      const Result<bool> there = exists(database, task.id);
      if (!there) return std::unexpected(there.error());
      if (!*there) return changed_one(0, "task", task.id);
      return fail(ErrorCode::conflict, "the task " + task.id +
                                           " was changed meanwhile: read it "
                                           "again");
    }
    return settle_image(database, task);
  });
  if (done) task.revision = revision;
  return done;
}

Result<void> Storage::remove_task(std::string_view id) {
  return changed_one(impl_->database().run("DELETE FROM tasks WHERE id = ?", id), "task", id);
}

Result<Summary> Storage::summary(std::string_view generation_id) {
  Query query = impl_->database().query(
      "SELECT status, count(*) FROM tasks WHERE generation_id = ? GROUP BY status", generation_id);
  Summary summary;
  while (query.next()) add(summary, query, 0);
  if (Result<void> done = query.result(); !done) return std::unexpected(done.error());
  return summary;
}

Result<std::map<std::string, Summary>> Storage::summaries() {
  Query query = impl_->database().query(
      "SELECT generation_id, status, count(*) FROM tasks GROUP BY generation_id, status");
  std::map<std::string, Summary> summaries;
  while (query.next()) add(summaries[std::string(query.text(0))], query, 1);
  if (Result<void> done = query.result(); !done) return std::unexpected(done.error());
  return summaries;
}

Result<std::int64_t> Storage::revision() {
  return number(impl_->database().query("SELECT value FROM counters WHERE name = 'task_revision'"));
}

Result<std::vector<Task>> Storage::tasks_under_way() {
  return all_rows(impl_->database().query(select_tasks(
                      " WHERE t.under_way = 1 ORDER BY t.generation_id, t.due_ms, t.number")),
                  read_task);
}

Result<std::vector<Task>> Storage::lapsed_tasks(Timestamp now) {
  return all_rows(
      impl_->database().query(select_tasks(" WHERE t.status = 'processing' AND t.lease_until_ms "
                                           "< ? ORDER BY t.lease_until_ms"),
                              now),
      read_task);
}

Result<Storage::Spent> Storage::spent(std::string_view generation_id) {
  const Result<std::optional<Spent>> row =
      first_row(impl_->database().query("SELECT coalesce(sum(cost_microusd), 0), "
                                        "CAST(round(avg(duration_ms)) AS INTEGER) FROM tasks "
                                        "WHERE generation_id = ? AND status = 'done'",
                                        generation_id),
                [](const Query& query) {
                  Spent spent;
                  spent.cost_microusd = query.integer(0);
                  if (!query.is_null(1)) spent.mean_duration = Milliseconds(query.integer(1));
                  return spent;
                });
  if (!row) return std::unexpected(row.error());
  return row->value_or(Spent());
}

Result<std::optional<Task>> Storage::task_of_image(std::string_view image_id) {
  return first_row(impl_->database().query(select_tasks(" WHERE i.id = ?"), image_id), read_task);
}

Result<std::size_t> Storage::star(std::span<const std::string> image_ids, bool starred) {
  Database& database = impl_->database();
  std::size_t found = 0;
  const Result<void> done = transaction([&]() -> Result<void> {
    const Result<std::int64_t> revision =
        impl_->take_revisions(static_cast<std::int64_t>(image_ids.size()));
    if (!revision) return std::unexpected(revision.error());
    std::int64_t next = *revision;
    for (const std::string& id : image_ids) {
      const Result<std::optional<std::string>> task_id =
          first_row(database.query("UPDATE images SET starred = ? WHERE id = ? RETURNING task_id",
                                   starred, id),
                    [](const Query& query) { return std::string(query.text(0)); });
      if (!task_id) return std::unexpected(task_id.error());
      if (!*task_id) continue;
      ++found;
      if (Result<void> marked =
              database.query("UPDATE tasks SET revision = ? WHERE id = ?", next++, **task_id).run();
          !marked) {
        return marked;
      }
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

Result<void> Storage::remove_image(std::string_view image_id) {
  Database& database = impl_->database();
  return transaction([&]() -> Result<void> {
    const Result<std::optional<std::string>> task_id =
        first_row(database.query("DELETE FROM images WHERE id = ? RETURNING task_id", image_id),
                  [](const Query& query) { return std::string(query.text(0)); });
    if (!task_id) return std::unexpected(task_id.error());
    if (!*task_id) return changed_one(0, "image", image_id);
    const Result<std::int64_t> revision = impl_->take_revisions(1);
    if (!revision) return std::unexpected(revision.error());
    return database.query("UPDATE tasks SET revision = ? WHERE id = ?", *revision, **task_id).run();
  });
}

}  // namespace godwit::imagegen
