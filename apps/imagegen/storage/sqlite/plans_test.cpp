#include <doctest/doctest.h>
#include <sqlite3.h>

#include <chrono>
#include <functional>
#include <set>

#include "imagegen/storage/storage.h"
#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

/// Listens to what a Storage says to SQLite, through SQLite's own hooks: the statements that are
/// judged are those that run.
class Listener {
 public:
  Listener() {
    current = this;
    REQUIRE(sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Listener::opened)) == SQLITE_OK);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&Listener::opened));
    current = nullptr;
  }

  /// The steps of the plans of all statements that `work` runs.
  std::vector<std::string> plans_of(const std::function<void()>& work) {
    statements_.clear();
    listening_ = true;
    work();
    listening_ = false;
    std::vector<std::string> steps;
    for (const std::string& sql : statements_) {
      sqlite3_stmt* statement = nullptr;
      REQUIRE(sqlite3_prepare_v2(handle_, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement,
                                 nullptr) == SQLITE_OK);
      while (sqlite3_step(statement) == SQLITE_ROW) {
        steps.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
      }
      sqlite3_finalize(statement);
    }
    return steps;
  }

 private:
  static int opened(sqlite3* handle, char**, const void*) {
    current->handle_ = handle;
    return sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, &Listener::heard, current);
  }
  static int heard(unsigned, void* listener, void* statement, void*) {
    auto* self = static_cast<Listener*>(listener);
    if (!self->listening_) return 0;
    const std::string sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    for (const char* word : {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA"}) {
      if (sql.starts_with(word)) return 0;
    }
    self->statements_.insert(sql);
    return 0;
  }

  inline static Listener* current = nullptr;
  sqlite3* handle_ = nullptr;
  bool listening_ = false;
  std::set<std::string> statements_;
};

constexpr int images_count = 10'000;
constexpr int generations_count = 10;

/// Ten thousand images of ten generations, and a generation of a thousand tasks that is under way.
void fill(Storage& storage) {
  must(storage.transaction([&]() -> Result<void> {
    for (int g = 0; g < generations_count; ++g) {
      Generation generation = test_generation(std::to_string(g));
      generation.created = test_start + std::chrono::hours(g);
      const std::vector<Task> tasks = test_tasks(generation, images_count / generations_count);
      must(storage.insert(generation, tasks));
      std::int64_t revision = must(storage.revision()) - static_cast<std::int64_t>(tasks.size());
      for (Task task : tasks) {
        task.revision = ++revision;
        finish(task, generation.created + std::chrono::seconds(task.index));
        must(storage.update(task));
      }
    }
    Generation running = test_generation("running");
    std::vector<Task> tasks = test_tasks(running, 1'000);
    for (Task& task : tasks) {
      task.phase = TaskPhase::queued;
      task.due = test_start + std::chrono::seconds(task.index);
    }
    return storage.insert(running, tasks);
  }));
}

double milliseconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

TEST_CASE("with ten thousand images every page and every list is found by an index") {
  TemporaryDirectory directory;
  Listener listener;
  const std::unique_ptr<Storage> opened = must(Storage::open(directory.path().string()));
  Storage& storage = *opened;
  fill(storage);
  const std::int64_t revision = must(storage.revision());
  Task task = must(storage.task("tsk_running_5")).value();

  struct Question {
    const char* name;
    std::function<void()> ask;
    bool may_sort = false;
    bool may_scan_images = false;  // In an index, to look at each.
  };
  const std::vector<Question> questions{
      {"gallery", [&] { must(storage.gallery({})); }, true, true},
      {"gallery, far down", [&] { must(storage.gallery({.offset = 9'000})); }, true, true},
      {"gallery of a generation", [&] { must(storage.gallery({.generation_id = "gen_1"})); }, true},
      {"gallery of a prompt", [&] { must(storage.gallery({.prompt_id = "prm_1"})); }, true},
      {"gallery of a model", [&] { must(storage.gallery({.model = "demo"})); }, true},
      {"gallery of stars", [&] { must(storage.gallery({.starred = true})); }, true, true},
      {"gallery of a value", [&] { must(storage.gallery({.parameter = "style", .value = "oil"})); },
       true},
      {"gallery of a time", [&] { must(storage.gallery({.from = test_start, .to = test_start})); },
       true},
      {"gallery by words", [&] { must(storage.gallery({.search = "CAT 999"})); }, true, true},
      {"images before a time", [&] { must(storage.images_before(test_start, 100)); }},
      {"task", [&] { must(storage.task("tsk_1_5")); }},
      {"task of an image", [&] { must(storage.task_of_image("img_1_5")); }},
      {"tasks", [&] { must(storage.tasks("gen_running", {})); }},
      {"tasks, far down", [&] { must(storage.tasks("gen_running", {.offset = 900})); }},
      {"tasks by status", [&] { must(storage.tasks("gen_1", {.status = TaskStatus::done})); }},
      {"tasks by id", [&] { must(storage.tasks("gen_1", {.ids = {"tsk_1_5", "tsk_1_6"}})); }, true},
      {"count of tasks", [&] { must(storage.count_tasks("gen_1", {})); }},
      {"summary", [&] { must(storage.summary("gen_1")); }},
      {"spent", [&] { must(storage.spent("gen_1")); }},
      {"tasks under way", [&] { must(storage.tasks_under_way()); }},
      {"lapsed tasks", [&] { must(storage.lapsed_tasks(test_start)); }},
      {"update of a task", [&] { must(storage.update(task)); }},
      {"star", [&] { must(storage.star(std::vector<std::string>{"img_1_5"}, true)); }},
      {"ledger", [&] { must(storage.add_call("a", "b", test_start)); }},
      {"calls", [&] { must(storage.calls_since("a", test_start)); }},
      {"nth call", [&] { must(storage.nth_latest_call("a", 60)); }},
      {"last slot", [&] { must(storage.last_slot("imagegen:demo")); }},
      {"smallest limit", [&] { must(storage.smallest_rate_limit("imagegen:demo")); }},
      {"webhook call", [&] { must(storage.add_webhook_call({})); }},
      {"webhook calls of a task", [&] { must(storage.webhook_calls("tsk_1_5", 50)); }},
      {"generations", [&] { must(storage.generations()); }},
      {"facets of a generation", [&] { must(storage.gallery_facets("gen_1")); }, true},
      {"all facets", [&] { must(storage.gallery_facets("")); }, true, true},
      {"use", [&] { must(storage.use()); }, false, true},
      {"removal of a generation", [&] { must(storage.remove_generation("gen_9")); }},
  };
  std::string times;
  for (const Question& question : questions) {
    CAPTURE(question.name);
    double time = 0;
    const std::vector<std::string> steps =
        listener.plans_of([&] { time = milliseconds_of(question.ask); });
    CHECK_FALSE(steps.empty());
    for (const std::string& step : steps) {
      CAPTURE(step);
      if (!question.may_sort) CHECK(step.find("TEMP B-TREE") == std::string::npos);
      if (!step.starts_with("SCAN ")) continue;
      const auto scans = [&](std::string_view what) { return step.starts_with(what); };
      const bool allowed =
          // The page itself, which was found, ids that were given, and no table at all.
          scans("SCAN page") || scans("SCAN n") || scans("SCAN json_each") ||
          scans("SCAN CONSTANT ROW") || scans("SCAN (subquery") ||
          // Generations are all listed; the index holds nothing but what is under way.
          scans("SCAN g USING INDEX generations_by_time") ||
          scans("SCAN t USING INDEX tasks_under_way") ||
          (question.may_scan_images &&
           (scans("SCAN images USING ") || scans("SCAN image_variants") ||
            (scans("SCAN images") && std::string_view(question.name) == "gallery by words")));
      CHECK_MESSAGE(allowed, step);
    }
    times += "\n  " + std::string(question.name) + ": " + std::to_string(time) + " ms";
  }
  MESSAGE("in this build, each for the first time:" << times);

  const auto changed = listener.plans_of(
      [&] { must(storage.tasks("gen_running", {.after_revision = revision - 3})); });
  bool by_revision = false;
  for (const std::string& step : changed) {
    by_revision = by_revision || step.find("INDEX tasks_by_revision") != std::string::npos;
  }
  CHECK(by_revision);
}

}  // namespace
}  // namespace godwit::imagegen
