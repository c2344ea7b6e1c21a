#include "imagegen/storage/sqlite/migrations.h"

#include <array>
#include <string>

namespace godwit::imagegen {
namespace {

/// "Gwig" in ASCII: what `file` and we recognise the database by.
constexpr std::int64_t application_id = 0x47776967;

/// Times are in milliseconds since 1970 in UTC; `number` is the order of insertion; *_json columns
/// hold what is only read as a whole.
///
///     parameters   prompts --< prompt_versions   templates   named_values   counters
///     generations --- generation_contents
///          |
///          +--< tasks --- images --< image_variants
///     calls   webhook_calls
constexpr std::string_view version_1 = R"(
CREATE TABLE named_values (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('task_revision', 0);

CREATE TABLE parameters (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  values_json TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE prompts (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

-- What prompts were before. The version that counts stands in prompts.
CREATE TABLE prompt_versions (
  prompt_id TEXT NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  content TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (prompt_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE templates (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  request_json TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE generations (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  mode TEXT NOT NULL,
  prompt_id TEXT NOT NULL,
  model TEXT NOT NULL,
  rate_limit INTEGER NOT NULL,
  options_json TEXT NOT NULL,
  problem_json TEXT,
  limit_key TEXT NOT NULL,
  start_at_ms INTEGER,
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  finished_ms INTEGER
) STRICT;
CREATE INDEX generations_by_time ON generations (created_ms, number);
CREATE INDEX generations_by_limit ON generations (limit_key, rate_limit);

-- Never changes and may be long: apart from what changes often.
CREATE TABLE generation_contents (
  generation_id TEXT NOT NULL PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
  prompts_json TEXT NOT NULL,
  parameters_json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  generation_id TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  phase TEXT NOT NULL,
  due_ms INTEGER,
  lease_until_ms INTEGER,
  attempt INTEGER NOT NULL,
  attempts_max INTEGER NOT NULL,
  run INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  error_json TEXT,
  duration_ms INTEGER,
  cost_microusd INTEGER,
  seed INTEGER,
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  finished_ms INTEGER,
  revision INTEGER NOT NULL,
  variant_json TEXT NOT NULL,
  prompt TEXT NOT NULL,
  under_way INTEGER NOT NULL GENERATED ALWAYS AS (
    status = 'processing' OR (status = 'pending' AND due_ms IS NOT NULL)) VIRTUAL,
  UNIQUE (generation_id, position)
) STRICT;
CREATE INDEX tasks_by_revision ON tasks (generation_id, revision);
CREATE INDEX tasks_by_status ON tasks (generation_id, status, position);
CREATE INDEX tasks_under_way ON tasks (generation_id, due_ms) WHERE under_way = 1;
CREATE INDEX tasks_by_lease ON tasks (lease_until_ms) WHERE status = 'processing';

-- generation_id, prompt_id and model are those of the task's generation, for the gallery's indexes.
CREATE TABLE images (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  task_id TEXT NOT NULL UNIQUE REFERENCES tasks (id) ON DELETE CASCADE,
  generation_id TEXT NOT NULL,
  prompt_id TEXT NOT NULL,
  model TEXT NOT NULL,
  mime TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  starred INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  prompt_folded TEXT NOT NULL
) STRICT;
CREATE INDEX images_by_time ON images (created_ms, number);
CREATE INDEX images_by_generation ON images (generation_id, created_ms, number);
CREATE INDEX images_by_prompt ON images (prompt_id, created_ms, number);
CREATE INDEX images_by_model ON images (model, created_ms, number);
CREATE INDEX images_starred ON images (created_ms, number) WHERE starred = 1;
CREATE INDEX images_by_size ON images (bytes);

CREATE TABLE image_variants (
  parameter TEXT NOT NULL,
  value TEXT NOT NULL,
  image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  PRIMARY KEY (parameter, value, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_variants_by_image ON image_variants (image_id);

CREATE TABLE calls (
  number INTEGER PRIMARY KEY,
  limit_key TEXT NOT NULL,
  task_id TEXT NOT NULL,
  started_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_by_limit ON calls (limit_key, started_ms);
CREATE INDEX calls_by_time ON calls (started_ms);

CREATE TABLE webhook_calls (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  task_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  status INTEGER NOT NULL,
  code TEXT NOT NULL,
  duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_calls_by_task ON webhook_calls (task_id, number);
)";

constexpr std::array steps{version_1};

Result<std::int64_t> pragma(Database& database, const std::string& name) {
  Query query = database.query("PRAGMA " + name);
  const std::int64_t value = query.next() ? query.integer(0) : 0;
  if (Result<void> asked = query.result(); !asked) return std::unexpected(asked.error());
  return value;
}

Result<void> step_to(Database& database, std::size_t version) {
  Database::Transaction transaction(database);
  if (!transaction.begun()) return transaction.begun();
  const std::string marks = "PRAGMA user_version = " + std::to_string(version) +
                            "; PRAGMA application_id = " + std::to_string(application_id) + ";";
  if (Result<void> done = database.run_script(std::string(steps.at(version - 1)) + marks); !done) {
    return done;
  }
  return transaction.commit();
}

}  // namespace

std::span<const std::string_view> migrations() { return steps; }

Result<void> migrate(Database& database) {
  const Result<std::int64_t> version = pragma(database, "user_version");
  if (!version) return std::unexpected(version.error());
  const Result<std::int64_t> owner = pragma(database, "application_id");
  if (!owner) return std::unexpected(owner.error());
  if (*version != 0 && *owner != application_id) {
    return fail(ErrorCode::conflict, "it is the database of another program");
  }
  if (*version < 0 || static_cast<std::size_t>(*version) > steps.size()) {
    return fail(ErrorCode::conflict, "it was written by a newer version of this program (schema " +
                                         std::to_string(*version) + ", known are up to " +
                                         std::to_string(steps.size()) + ")");
  }
  for (auto next = static_cast<std::size_t>(*version) + 1; next <= steps.size(); ++next) {
    if (Result<void> done = step_to(database, next); !done) return done;
  }
  return {};
}

}  // namespace godwit::imagegen
