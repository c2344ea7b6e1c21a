#include <doctest/doctest.h>

#include "imagegen/storage/storage.h"
#include "imagegen/storage/test_rows.h"
#include "testing/temporary_directory.h"

namespace godwit::imagegen {
namespace {

struct Fixture {
  TemporaryDirectory directory;
  std::unique_ptr<Storage> storage = must(Storage::open(directory.path().string()));

  void reopen() {
    storage.reset();
    storage = must(Storage::open(directory.path().string()));
  }
  Generation add(const std::string& number, int tasks) {
    Generation generation = test_generation(number);
    must(storage->insert(generation, test_tasks(generation, tasks)));
    return generation;
  }
  Task task(const std::string& id) { return must(storage->task(id)).value(); }
};

std::vector<int> indexes(const std::vector<Task>& tasks) {
  std::vector<int> all;
  all.reserve(tasks.size());
  for (const Task& task : tasks) all.push_back(task.index);
  return all;
}

TEST_CASE("a task is read as it was written") {
  Fixture fixture;
  fixture.add("1", 2);
  Task task = fixture.task("tsk_1_1");
  CHECK(task.generation_id == "gen_1");
  CHECK(task.index == 1);
  CHECK(task.status == TaskStatus::pending);
  CHECK(task.phase == TaskPhase::draft);
  CHECK(task.prompt == "a oil cat number 1");
  CHECK(task.variant == Variant{{"style", "oil"}});
  CHECK(task.created == test_start);
  CHECK_FALSE(task.due);
  CHECK_FALSE(task.image);
  CHECK_FALSE(task.error);
  CHECK_FALSE(task.cost_microusd);

  task.status = TaskStatus::processing;
  task.phase = TaskPhase::saving;
  task.due = test_start + Milliseconds(1);
  task.lease_until = test_start + Milliseconds(2);
  task.attempt = 2;
  task.attempts_max = 5;
  task.run = 3;
  task.message_id = "msg_1";
  task.seed = -7;
  task.started = test_start + Milliseconds(3);
  task.error = TaskError{.code = "rate_limited",
                         .message = "Too many.",
                         .detail = "лимит",
                         .http_status = 429,
                         .provider = "gemini",
                         .at = test_start + Milliseconds(4)};
  must(fixture.storage->update(task));
  finish(task, test_start + Milliseconds(9));
  task.image->mime = "image/webp";
  task.starred = true;
  must(fixture.storage->update(task));

  fixture.reopen();
  const Task read = fixture.task("tsk_1_1");
  CHECK(read.status == TaskStatus::done);
  CHECK(read.phase == TaskPhase::none);
  CHECK(read.attempt == 2);
  CHECK(read.attempts_max == 5);
  CHECK(read.run == 3);
  CHECK(read.message_id == "msg_1");
  CHECK(read.seed == -7);
  CHECK(read.started == test_start + Milliseconds(3));
  CHECK(read.finished == test_start + Milliseconds(9));
  CHECK(read.duration == Milliseconds(1'500));
  CHECK(read.cost_microusd == 39'000);
  CHECK(read.starred);
  CHECK(read.revision == task.revision);
  REQUIRE(read.error);
  CHECK(read.error->code == "rate_limited");
  CHECK(read.error->message == "Too many.");
  CHECK(read.error->detail == "лимит");
  CHECK(read.error->http_status == 429);
  CHECK(read.error->provider == "gemini");
  CHECK(read.error->at == test_start + Milliseconds(4));
  REQUIRE(read.image);
  CHECK(read.image->id == "img_1_1");
  CHECK(read.image->mime == "image/webp");
  CHECK(read.image->width == 1024);
  CHECK(read.image->height == 768);
  CHECK(read.image->bytes == 100'000);
  CHECK_FALSE(must(fixture.storage->task("tsk_9")));
}

TEST_CASE("a provider's long text is cut, but no character") {
  Fixture fixture;
  fixture.add("1", 1);
  Task task = fixture.task("tsk_1_0");
  std::string detail = "x";
  while (detail.size() < 3'000) detail += "ж";
  task.error = TaskError{.code = "c", .message = "m", .detail = detail, .provider = "p"};
  must(fixture.storage->update(task));
  CHECK(fixture.task("tsk_1_0").error->detail == detail.substr(0, TaskError::detail_max - 1));
}

TEST_CASE("of two who change a task the second is told, and nothing is changed") {
  Fixture fixture;
  fixture.add("1", 1);
  Task first = fixture.task("tsk_1_0");
  Task second = first;
  finish(first, test_start);
  must(fixture.storage->update(first));
  CHECK(first.revision > second.revision);

  const std::int64_t before = second.revision;
  second.status = TaskStatus::failed;
  second.phase = TaskPhase::exhausted;
  const Result<void> late = fixture.storage->update(second);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::conflict);
  CHECK(second.revision == before);
  CHECK(fixture.task("tsk_1_0").status == TaskStatus::done);
  CHECK(fixture.task("tsk_1_0").image);
  CHECK(must(fixture.storage->revision()) == first.revision);

  must(fixture.storage->remove_task("tsk_1_0"));
  CHECK(fixture.storage->update(first).error().code == ErrorCode::not_found);
  CHECK(fixture.storage->remove_task("tsk_1_0").error().code == ErrorCode::not_found);
}

TEST_CASE("revisions grow for ever, whoever is removed") {
  Fixture fixture;
  fixture.add("1", 3);
  Task task = fixture.task("tsk_1_2");
  must(fixture.storage->update(task));
  const std::int64_t seen = must(fixture.storage->revision());
  CHECK(task.revision == seen);
  must(fixture.storage->remove_task("tsk_1_2"));
  fixture.reopen();
  CHECK(must(fixture.storage->revision()) == seen);
  task = fixture.task("tsk_1_0");
  must(fixture.storage->update(task));
  CHECK(task.revision == seen + 1);
}

TEST_CASE("tasks are listed by index, by every filter") {
  Fixture fixture;
  fixture.add("1", 10);
  fixture.add("2", 2);
  Storage& storage = *fixture.storage;
  const std::int64_t seen = must(storage.revision());
  for (const int i : {7, 3}) {
    Task task = fixture.task("tsk_1_" + std::to_string(i));
    finish(task, test_start);
    must(storage.update(task));
  }
  const auto list = [&](const TaskFilter& filter) {
    CHECK(must(storage.count_tasks("gen_1", filter)) >=
          must(storage.tasks("gen_1", filter)).size());
    return indexes(must(storage.tasks("gen_1", filter)));
  };
  CHECK(list({}) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(list({.status = TaskStatus::done}) == std::vector<int>{3, 7});
  CHECK(list({.after_revision = seen}) == std::vector<int>{3, 7});
  CHECK(list({.after_revision = seen + 1}) == std::vector<int>{3});
  CHECK(list({.after_revision = seen + 2}).empty());
  CHECK(list({.ids = {"tsk_1_7", "tsk_1_0", "tsk_2_0", "none"}}) == std::vector<int>{0, 7});
  CHECK(list({.status = TaskStatus::done, .ids = {"tsk_1_7"}, .after_revision = seen}) ==
        std::vector<int>{7});
  CHECK(list({.offset = 8, .limit = 5}) == std::vector<int>{8, 9});
  CHECK(list({.offset = 2, .limit = 2}) == std::vector<int>{2, 3});
  CHECK(must(storage.count_tasks("gen_1", {.offset = 2, .limit = 2})) == 10);
  CHECK(must(storage.count_tasks("gen_1", {.status = TaskStatus::done})) == 2);
  CHECK(must(storage.tasks("gen_3", {})).empty());
}

TEST_CASE("summaries count every status") {
  Fixture fixture;
  fixture.add("1", 6);
  fixture.add("2", 1);
  const auto set = [&](int index, TaskStatus status) {
    Task task = fixture.task("tsk_1_" + std::to_string(index));
    task.status = status;
    must(fixture.storage->update(task));
  };
  set(0, TaskStatus::processing);
  set(1, TaskStatus::done);
  set(2, TaskStatus::done);
  set(3, TaskStatus::failed);
  set(4, TaskStatus::canceled);
  const Summary summary = must(fixture.storage->summary("gen_1"));
  CHECK(summary.pending == 1);
  CHECK(summary.processing == 1);
  CHECK(summary.done == 2);
  CHECK(summary.failed == 1);
  CHECK(summary.canceled == 1);
  CHECK(summary.total() == 6);
  const std::map<std::string, Summary> all = must(fixture.storage->summaries());
  REQUIRE(all.size() == 2);
  CHECK(all.at("gen_1").done == 2);
  CHECK(all.at("gen_2").pending == 1);
  CHECK(must(fixture.storage->summary("gen_3")).total() == 0);
}

TEST_CASE("what is on its way, and whose lease lapsed, is found across generations") {
  Fixture fixture;
  fixture.add("1", 3);
  fixture.add("2", 2);
  Storage& storage = *fixture.storage;
  CHECK(must(storage.tasks_under_way()).empty());
  Task queued = fixture.task("tsk_1_1");
  queued.phase = TaskPhase::queued;
  queued.due = test_start + std::chrono::seconds(60);
  must(storage.update(queued));
  Task processing = fixture.task("tsk_2_0");
  processing.status = TaskStatus::processing;
  processing.phase = TaskPhase::generating;
  processing.lease_until = test_start + std::chrono::seconds(10);
  must(storage.update(processing));

  const std::vector<Task> under_way = must(storage.tasks_under_way());
  REQUIRE(under_way.size() == 2);
  CHECK(under_way[0].id == "tsk_1_1");
  CHECK(under_way[1].id == "tsk_2_0");
  CHECK(must(storage.lapsed_tasks(test_start + std::chrono::seconds(10))).empty());
  const std::vector<Task> lapsed =
      must(storage.lapsed_tasks(test_start + std::chrono::seconds(10) + Milliseconds(1)));
  REQUIRE(lapsed.size() == 1);
  CHECK(lapsed[0].id == "tsk_2_0");

  finish(processing, test_start);
  must(storage.update(processing));
  CHECK(must(storage.tasks_under_way()).size() == 1);
  CHECK(must(storage.lapsed_tasks(test_start + std::chrono::hours(1))).empty());
}

TEST_CASE("money and time are summed over what is done") {
  Fixture fixture;
  fixture.add("1", 4);
  CHECK(must(fixture.storage->spent("gen_1")).cost_microusd == 0);
  CHECK_FALSE(must(fixture.storage->spent("gen_1")).mean_duration);
  for (const int i : {0, 1}) {
    Task task = fixture.task("tsk_1_" + std::to_string(i));
    finish(task, test_start);
    task.duration = Milliseconds(1'000 + i);
    must(fixture.storage->update(task));
  }
  Task failed = fixture.task("tsk_1_2");
  failed.status = TaskStatus::failed;
  failed.duration = Milliseconds(100'000);
  must(fixture.storage->update(failed));
  CHECK(must(fixture.storage->spent("gen_1")).cost_microusd == 78'000);
  CHECK(must(fixture.storage->spent("gen_1")).mean_duration == Milliseconds(1'001));
}

TEST_CASE("the ledger of calls tells what an hourly limit asks") {
  Fixture fixture;
  Storage& storage = *fixture.storage;
  const auto at = [](int seconds) { return test_start + std::chrono::seconds(seconds); };
  for (const int second : {0, 10, 20}) must(storage.add_call("a", "tsk_1", at(second)));
  must(storage.add_call("b", "tsk_2", at(30)));
  CHECK(must(storage.calls_since("a", at(10))) == 2);
  CHECK(must(storage.calls_since("a", at(21))) == 0);
  CHECK(must(storage.calls_since("c", at(0))) == 0);
  CHECK(must(storage.nth_latest_call("a", 1)) == at(20));
  CHECK(must(storage.nth_latest_call("a", 3)) == at(0));
  CHECK_FALSE(must(storage.nth_latest_call("a", 4)));

  fixture.reopen();
  CHECK(must(fixture.storage->calls_since("a", at(0))) == 3);
  must(fixture.storage->add_call("b", "tsk_3", at(86'400 + 15)));
  CHECK(must(fixture.storage->calls_since("a", at(0))) == 1);  // Two are older than a day.
}

TEST_CASE("the last slot and the smallest limit are those of all who share the key") {
  Fixture fixture;
  Storage& storage = *fixture.storage;
  const auto at = [](int seconds) { return test_start + std::chrono::seconds(seconds); };
  CHECK_FALSE(must(storage.last_slot("imagegen:demo")));
  CHECK_FALSE(must(storage.smallest_rate_limit("imagegen:demo")));
  must(storage.add_call("imagegen:demo", "tsk_1", at(5)));
  CHECK(must(storage.last_slot("imagegen:demo")) == at(5));

  const auto add = [&](const std::string& number, int rate, const std::string& key, int due) {
    Generation generation = test_generation(number);
    generation.options.rate_limit = rate;
    generation.limit_key = key;
    must(storage.insert(generation, test_tasks(generation, 2)));
    if (due == 0) return;
    Task task = fixture.task("tsk_" + number + "_0");
    task.phase = TaskPhase::queued;
    task.due = at(due);
    must(storage.update(task));
  };
  add("1", 60, "imagegen:demo", 100);
  add("2", 30, "imagegen:demo", 50);
  add("3", 10, "imagegen:demo", 0);     // Nothing of it is under way.
  add("4", 5, "imagegen:gemini", 900);  // Another key.
  CHECK(must(storage.last_slot("imagegen:demo")) == at(100));
  CHECK(must(storage.smallest_rate_limit("imagegen:demo")) == 30);
  Task failed_once = fixture.task("tsk_2_1");
  failed_once.phase = TaskPhase::retry_wait;
  failed_once.due = at(20'000);
  must(storage.update(failed_once));
  CHECK(must(storage.last_slot("imagegen:demo")) == at(100));
  failed_once.due.reset();
  must(storage.update(failed_once));
  Task task = fixture.task("tsk_2_0");
  task.status = TaskStatus::canceled;
  must(storage.update(task));
  CHECK(must(storage.smallest_rate_limit("imagegen:demo")) == 60);
}

TEST_CASE("the latest calls of the webhook are kept") {
  Fixture fixture;
  Storage& storage = *fixture.storage;
  must(storage.transaction([&]() -> Result<void> {
    for (int i = 0; i < 10'050; ++i) {
      must(storage.add_webhook_call({.at = test_start + Milliseconds(i),
                                     .task_id = i % 10 == 0 ? "tsk_1" : "",
                                     .message_id = "msg_" + std::to_string(i),
                                     .attempt = 2,
                                     .status = 503,
                                     .code = "already_running",
                                     .duration = Milliseconds(7)}));
    }
    return {};
  }));
  CHECK(must(storage.webhook_calls("", 20'000)).size() == 10'000);
  const std::vector<WebhookCall> calls = must(storage.webhook_calls("tsk_1", 3));
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].message_id == "msg_10040");
  CHECK(calls[0].at == test_start + Milliseconds(10'040));
  CHECK(calls[0].attempt == 2);
  CHECK(calls[0].status == 503);
  CHECK(calls[0].code == "already_running");
  CHECK(calls[0].duration == Milliseconds(7));
  CHECK(must(storage.webhook_calls("", 1))[0].message_id == "msg_10049");
  CHECK(must(storage.webhook_calls("", 1))[0].task_id.empty());
}

TEST_CASE("a generation goes with its tasks and names the images that were theirs") {
  Fixture fixture;
  fixture.add("1", 3);
  fixture.add("2", 1);
  for (const char* id : {"tsk_1_2", "tsk_1_0", "tsk_2_0"}) {
    Task task = fixture.task(id);
    finish(task, test_start + std::chrono::seconds(task.index == 2 ? 1 : 2));
    must(fixture.storage->update(task));
  }
  CHECK(must(fixture.storage->remove_generation("gen_1")) ==
        std::vector<std::string>{"img_1_2", "img_1_0"});
  CHECK_FALSE(must(fixture.storage->generation("gen_1")));
  CHECK_FALSE(must(fixture.storage->task("tsk_1_0")));
  CHECK_FALSE(must(fixture.storage->task_of_image("img_1_0")));
  CHECK(must(fixture.storage->use()).images == 1);
  CHECK(fixture.storage->remove_generation("gen_1").error().code == ErrorCode::not_found);
}

}  // namespace
}  // namespace godwit::imagegen
