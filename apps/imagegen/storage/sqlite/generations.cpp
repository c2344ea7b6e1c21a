// Generations, without their tasks.
#include "core/assert.h"
#include "imagegen/storage/sqlite/row_json.h"
#include "imagegen/storage/sqlite/storage_impl.h"

namespace godwit::imagegen {
namespace {

/// Of `generations g JOIN generation_contents c`.
constexpr std::string_view columns =
    "g.id, g.name, g.state, g.mode, g.prompt_id, g.model, g.rate_limit, g.options_json, "
    "g.problem_json, g.limit_key, g.start_at_ms, g.created_ms, g.started_ms, g.finished_ms, "
    "c.prompts_json, c.parameters_json";

std::string select_generations(std::string_view rest) {
  return "SELECT " + std::string(columns) +
         " FROM generations g JOIN generation_contents c ON c.generation_id = g.id " +
         std::string(rest);
}

/// The value, or its default and the row marked.
template <typename T>
T or_corrupt(Query& query, std::optional<T> value, std::string_view what) {
  if (!value) query.mark_corrupt(what);
  return std::move(value).value_or(T());
}

Generation read_generation(Query& query) {
  Generation generation;
  generation.id = query.text(0);
  generation.name = query.text(1);
  generation.state =
      or_corrupt(query, parse_generation_state(query.text(2)), "a state of a generation");
  generation.mode = or_corrupt(query, parse_mode(query.text(3)), "a mode of a generation");
  generation.prompt_id = query.text(4);
  generation.options = or_corrupt(query, read_options(query.text(7)), "options of a generation");
  generation.options.model = query.text(5);
  generation.options.rate_limit = query.small(6);
  if (!query.is_null(8)) {
    generation.problem = or_corrupt(query, read_problem(query.text(8)), "a generation's problem");
  }
  generation.limit_key = query.text(9);
  generation.start_at = query.optional_time(10);
  generation.created = query.time(11);
  generation.started = query.optional_time(12);
  generation.finished = query.optional_time(13);
  generation.prompts = or_corrupt(query, read_texts(query.text(14)), "prompts of a generation");
  generation.parameters =
      or_corrupt(query, read_parameters(query.text(15)), "parameters of a generation");
  return generation;
}

std::optional<std::string> problem_json(const Generation& generation) {
  if (!generation.problem) return std::nullopt;
  return to_json(*generation.problem);
}

Result<void> insert_task(Database& database, const Task& task, std::int64_t revision) {
  // Images come by update(), when they are made.
  GODWIT_ASSERT(!task.image);
  std::optional<std::string> error;
  if (task.error) error = to_json(*task.error);
  return database
      .query(
          "INSERT INTO tasks (id, generation_id, position, status, phase, due_ms, "
          "lease_until_ms, attempt, attempts_max, run, message_id, error_json, duration_ms, "
          "cost_microusd, seed, created_ms, started_ms, finished_ms, revision, variant_json, "
          "prompt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          task.id, task.generation_id, task.index, to_string(task.status), to_string(task.phase),
          task.due, task.lease_until, task.attempt, task.attempts_max, task.run, task.message_id,
          error, task.duration, task.cost_microusd, task.seed, task.created, task.started,
          task.finished, revision, to_json(task.variant), task.prompt)
      .run();
}

}  // namespace

Result<void> Storage::insert(const Generation& generation, std::span<const Task> tasks) {
  Database& database = impl_->database();
  return transaction([&]() -> Result<void> {
    Result<void> done =
        database
            .query(
                "INSERT INTO generations (id, name, state, mode, prompt_id, model, "
                "rate_limit, options_json, problem_json, limit_key, start_at_ms, created_ms, "
                "started_ms, finished_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                generation.id, generation.name, to_string(generation.state),
                to_string(generation.mode), generation.prompt_id, generation.options.model,
                generation.options.rate_limit, to_json(generation.options),
                problem_json(generation), generation.limit_key, generation.start_at,
                generation.created, generation.started, generation.finished)
            .run();
    if (!done) return done;
    done = database
               .query(
                   "INSERT INTO generation_contents (generation_id, prompts_json, "
                   "parameters_json) VALUES (?, ?, ?)",
                   generation.id, to_json(generation.prompts), to_json(generation.parameters))
               .run();
    if (!done) return done;

    const Result<std::int64_t> revision =
        impl_->take_revisions(static_cast<std::int64_t>(tasks.size()));
    if (!revision) return std::unexpected(revision.error());
    std::int64_t next = *revision;
    for (const Task& task : tasks) {
      GODWIT_ASSERT(task.generation_id == generation.id);
      done = insert_task(database, task, next++);
      if (!done) return done;
    }
    return {};
  });
}

Result<std::vector<Generation>> Storage::generations() {
  return all_rows(
      impl_->database().query(select_generations("ORDER BY g.created_ms DESC, g.number DESC")),
      read_generation);
}

Result<std::optional<Generation>> Storage::generation(std::string_view id) {
  return first_row(impl_->database().query(select_generations("WHERE g.id = ?"), id),
                   read_generation);
}

Result<void> Storage::update(const Generation& generation) {
  return changed_one(
      impl_->database().run(
          "UPDATE generations SET name = ?, state = ?, mode = ?, prompt_id = ?, model = ?, "
          "rate_limit = ?, options_json = ?, problem_json = ?, limit_key = ?, start_at_ms = ?, "
          "started_ms = ?, finished_ms = ? WHERE id = ?",
          generation.name, to_string(generation.state), to_string(generation.mode),
          generation.prompt_id, generation.options.model, generation.options.rate_limit,
          to_json(generation.options), problem_json(generation), generation.limit_key,
          generation.start_at, generation.started, generation.finished, generation.id),
      "generation", generation.id);
}

Result<std::vector<std::string>> Storage::remove_generation(std::string_view id) {
  std::vector<std::string> images;
  Database& database = impl_->database();
  const Result<void> done = transaction([&]() -> Result<void> {
    Result<std::vector<std::string>> ids =
        all_rows(database.query("SELECT id FROM images WHERE generation_id = ? "
                                "ORDER BY created_ms, number",
                                id),
                 [](const Query& query) { return std::string(query.text(0)); });
    if (!ids) return std::unexpected(ids.error());
    images = std::move(*ids);
    // Its tasks, their images and what hangs on those go with it.
    return changed_one(database.run("DELETE FROM generations WHERE id = ?", id), "generation", id);
  });
  if (!done) return std::unexpected(done.error());
  return images;
}

}  // namespace godwit::imagegen
