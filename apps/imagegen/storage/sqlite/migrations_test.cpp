#include "imagegen/storage/sqlite/migrations.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "imagegen/storage/storage.h"
#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

/// Rows as version 1 wrote them. Never changed: whatever the schema is now, these must be read.
constexpr const char* rows_of_version_1 = R"(
INSERT INTO named_values VALUES ('settings', CAST('{"retries":4,"image_provider":"demo"}' AS BLOB));
UPDATE counters SET value = 12 WHERE name = 'task_revision';
INSERT INTO parameters VALUES (1, 'par_1', 'стиль', '["масло","тушь"]', 1790000000000, 1790000000001);
INSERT INTO prompts VALUES (1, 'prm_1', 'Cats', 'a {{стиль}} cat', 2, 1790000000000, 1790000000002);
INSERT INTO prompt_versions VALUES ('prm_1', 1, 'a cat', 1790000000000);
INSERT INTO templates VALUES (1, 'tpl_1', 'Twelve', '{"rateLimit":3600}', 1790000000000);
INSERT INTO generations VALUES (1, 'gen_1', 'First', 'running', 'broker', 'prm_1', 'demo', 60,
  '{"aspect_ratio":"1:1","size":"1K","quality":"","images_per_variant":1,"seed_policy":"fixed","seed":7,"negative_prompt":"","style":"","retries":3}',
  NULL, 'imagegen:demo', NULL, 1790000000000, 1790000000003, NULL);
INSERT INTO generation_contents VALUES ('gen_1', '["a {{стиль}} cat"]',
  '[{"id":"par_1","name":"стиль","values":["масло","тушь"],"created_ms":1790000000000,"updated_ms":1790000000001}]');
INSERT INTO tasks VALUES (1, 'tsk_1', 'gen_1', 0, 'done', '', NULL, NULL, 1, 4, 1, 'msg_1', NULL, 1500,
  39000, 7, 1790000000000, 1790000000004, 1790000000005, 11, '[["стиль","масло"]]', 'a масло cat');
INSERT INTO tasks VALUES (2, 'tsk_2', 'gen_1', 1, 'pending', 'retry_wait', 1790000060000, NULL, 1, 4, 1, 'msg_2',
  '{"code":"unavailable","message":"Later.","detail":"x","http_status":503,"provider":"demo","at_ms":1790000000006}',
  NULL, NULL, 7, 1790000000000, 1790000000004, NULL, 12, '[["стиль","тушь"]]', 'a тушь cat');
INSERT INTO images VALUES (1, 'img_1', 'tsk_1', 'gen_1', 'prm_1', 'demo', 'image/png', 64, 32, 1000, 1,
  1790000000005, 'a масло cat');
INSERT INTO image_variants VALUES ('стиль', 'масло', 'img_1');
INSERT INTO calls VALUES (1, 'imagegen:demo', 'tsk_1', 1790000000004);
INSERT INTO webhook_calls VALUES (1, 1790000000004, 'tsk_1', 'msg_1', 1, 200, 'done', 1501);
)";

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
  char* error = nullptr;
  sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error);
  const std::string text = error == nullptr ? "" : error;
  sqlite3_free(error);
  CHECK(sqlite3_close(handle) == SQLITE_OK);
  REQUIRE(text == "");
}

TEST_CASE("a database that version 1 wrote is opened and read") {
  TemporaryDirectory directory;
  const std::string path = directory.path().string() + "/imagegen.sqlite";
  run_sql(path, std::string(migrations().front()) +
                    "PRAGMA user_version = 1; PRAGMA application_id = 1199008103;" +
                    rows_of_version_1);

  const std::unique_ptr<Storage> storage = must(Storage::open(directory.path().string()));
  CHECK(must(storage->settings()).retries == 4);
  CHECK(must(storage->parameters()).at(0).values == std::vector<std::string>{"масло", "тушь"});
  CHECK(must(storage->prompts()).at(0).version == 2);
  CHECK(must(storage->prompt_versions("prm_1")).at(0).content == "a cat");
  CHECK(must(storage->templates()).at(0).name == "Twelve");
  const Generation generation = must(storage->generations()).at(0);
  CHECK(generation.state == GenerationState::running);
  CHECK(generation.options.seed == 7);
  CHECK(generation.parameters.at(0).name == "стиль");
  const std::vector<Task> tasks = must(storage->tasks("gen_1", {}));
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].image->id == "img_1");
  CHECK(tasks[0].starred);
  CHECK(tasks[1].error->http_status == 503);
  CHECK(tasks[1].phase == TaskPhase::retry_wait);
  CHECK(must(storage->revision()) == 12);
  CHECK(must(storage->gallery({.search = "МАСЛО", .parameter = "стиль", .value = "масло"})).total ==
        1);
  CHECK(must(storage->calls_since("imagegen:demo", test_start)) == 1);
  CHECK(must(storage->webhook_calls("tsk_1", 9)).at(0).status == 200);
}

TEST_CASE("a database of a newer version or another program is left alone") {
  struct Row {
    const char* marks;
    const char* what;
  };
  for (const Row& row :
       {Row{"PRAGMA user_version = 99; PRAGMA application_id = 1199008103;",
            "was written by a newer version of this program (schema 99"},
        Row{"PRAGMA user_version = 1; PRAGMA application_id = 5;", "of another program"},
        Row{"PRAGMA user_version = -1; PRAGMA application_id = 1199008103;", "newer version"}}) {
    CAPTURE(row.what);
    TemporaryDirectory directory;
    const std::string path = directory.path().string() + "/imagegen.sqlite";
    run_sql(path, std::string("CREATE TABLE theirs (a);") + row.marks);
    const Result<std::unique_ptr<Storage>> storage = Storage::open(directory.path().string());
    REQUIRE_FALSE(storage);
    CHECK(storage.error().code == ErrorCode::unavailable);
    CHECK(storage.error().message.find(row.what) != std::string::npos);
    CHECK(storage.error().message.find(path) != std::string::npos);
    run_sql(path, "SELECT * FROM theirs");
  }
}

}  // namespace
}  // namespace godwit::imagegen
