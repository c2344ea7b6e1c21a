#include "imagegen/generations/transitions.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace godwit::imagegen {
namespace {

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);
constexpr Timestamp lease = now + std::chrono::seconds(180);
constexpr Milliseconds lease_time{180'000};

Task in(TaskStatus status, TaskPhase phase) {
  Task task;
  task.id = "tsk_1";
  task.generation_id = "gen_1";
  task.status = status;
  task.phase = phase;
  task.attempts_max = 4;
  task.run = 2;
  return task;
}

/// Every state that a task can be in, by a short name.
std::map<std::string, Task> states() {
  std::map<std::string, Task> all;
  all["draft"] = in(TaskStatus::pending, TaskPhase::draft);
  all["planned"] = in(TaskStatus::pending, TaskPhase::draft);
  all["planned"].due = now;
  for (const auto& [name, phase] :
       {std::pair{"queued", TaskPhase::queued}, std::pair{"waiting", TaskPhase::waiting_limit},
        std::pair{"retry", TaskPhase::retry_wait}}) {
    all[name] = in(TaskStatus::pending, phase);
    all[name].due = now;
    all[name].message_id = "msg_2";
  }
  all["held"] = in(TaskStatus::pending, TaskPhase::waiting_limit);
  for (const auto& [name, phase] :
       {std::pair{"generating", TaskPhase::generating}, std::pair{"saving", TaskPhase::saving}}) {
    all[name] = in(TaskStatus::processing, phase);
    all[name].lease_until = lease;
    all[name].message_id = "msg_2";
    all[name].attempt = 1;
  }
  all["done"] = in(TaskStatus::done, TaskPhase::none);
  all["permanent"] = in(TaskStatus::failed, TaskPhase::permanent);
  all["exhausted"] = in(TaskStatus::failed, TaskPhase::exhausted);
  all["canceled"] = in(TaskStatus::canceled, TaskPhase::none);
  return all;
}

std::string name_of(const Task& task) {
  if (task.status == TaskStatus::done) return "done";
  if (task.status == TaskStatus::canceled) return "canceled";
  if (task.phase == TaskPhase::draft) return task.due ? "planned" : "draft";
  if (task.phase == TaskPhase::waiting_limit) return task.due ? "waiting" : "held";
  if (task.phase == TaskPhase::retry_wait) return "retry";
  return std::string(to_string(task.phase));
}

std::string after(const std::optional<Task>& task) { return task ? name_of(*task) : "-"; }

using Event = std::function<std::optional<Task>(const Task&)>;

/// `expected`: where each state leads; `-`: the event does not apply.
void check_table(const std::string& event, const Event& apply,
                 const std::map<std::string, std::string>& expected) {
  for (const auto& [state, task] : states()) {
    CAPTURE(event);
    CAPTURE(state);
    const auto row = expected.find(state);
    CHECK(after(apply(task)) == (row == expected.end() ? "-" : row->second));
  }
}

Delivery delivery(int run = 2, int retried = 0) {
  Delivery made;
  made.task_id = "tsk_1";
  made.generation_id = "gen_1";
  made.run = run;
  made.retried = retried;
  made.message_id = "msg_2";
  return made;
}

TaskError temporary() {
  TaskError error;
  error.code = "unavailable";
  error.message = "The provider does not answer.";
  return error;
}

Drawn drawn() {
  Drawn made;
  made.image.id = "img_1";
  return made;
}

}  // namespace

TEST_CASE("every event leads each state where the table says, and no other applies") {
  check_table("plan", [](const Task& t) { return plan(t, now, 4, true); },
              {{"draft", "planned"},
               {"planned", "planned"},
               {"queued", "planned"},
               {"waiting", "planned"},
               {"retry", "planned"},
               {"held", "planned"}});
  check_table("sent", [](const Task& t) { return sent(t, 2, "msg_new"); }, {{"planned", "queued"}});
  check_table("withdraw", withdraw,
              {{"planned", "draft"},
               {"queued", "draft"},
               {"waiting", "draft"},
               {"retry", "draft"},
               {"held", "draft"}});
  check_table("hold", hold,
              {{"planned", "held"}, {"queued", "held"}, {"waiting", "held"}, {"retry", "held"}});
  check_table("wait_for_limit", [](const Task& t) { return wait_for_limit(t, now, {}); },
              {{"planned", "waiting"},
               {"queued", "waiting"},
               {"waiting", "waiting"},
               {"retry", "waiting"}});
  check_table("begin", [](const Task& t) { return begin(t, delivery(), now, lease_time); },
              {{"planned", "generating"},
               {"queued", "generating"},
               {"waiting", "generating"},
               {"retry", "generating"}});
  check_table("begin_saving", begin_saving, {{"generating", "saving"}, {"saving", "saving"}});
  check_table("finish", [](const Task& t) { return finish(t, drawn(), now); },
              {{"draft", "done"},
               {"planned", "done"},
               {"queued", "done"},
               {"waiting", "done"},
               {"retry", "done"},
               {"held", "done"},
               {"generating", "done"},
               {"saving", "done"},
               {"permanent", "done"},
               {"exhausted", "done"},
               {"canceled", "done"}});
  const auto fail_now = [](Afterwards afterwards) {
    return [afterwards](const Task& t) {
      return fail_for_now(t, lease, temporary(), now, Milliseconds(12'000), afterwards);
    };
  };
  check_table("fail_for_now", fail_now(Afterwards::broker_retries),
              {{"generating", "retry"}, {"saving", "retry"}});
  check_table("fail_for_now, paused", fail_now(Afterwards::paused),
              {{"generating", "held"}, {"saving", "held"}});
  check_table("fail_for_now, stopped", fail_now(Afterwards::stopped),
              {{"generating", "draft"}, {"saving", "draft"}});
  check_table("fail_for_good",
              [](const Task& t) { return fail_for_good(t, lease, temporary(), now); },
              {{"generating", "permanent"}, {"saving", "permanent"}});
  check_table("give_back", [](const Task& t) { return give_back(t, lease, temporary(), now, {}); },
              {{"generating", "waiting"}, {"saving", "waiting"}});
  check_table("give_up", [](const Task& t) { return give_up(t, temporary(), now); },
              {{"draft", "exhausted"},
               {"planned", "exhausted"},
               {"queued", "exhausted"},
               {"waiting", "exhausted"},
               {"retry", "exhausted"},
               {"held", "exhausted"},
               {"generating", "exhausted"},
               {"saving", "exhausted"}});
  check_table("cancel", [](const Task& t) { return cancel(t, now); },
              {{"draft", "canceled"},
               {"planned", "canceled"},
               {"queued", "canceled"},
               {"waiting", "canceled"},
               {"retry", "canceled"},
               {"held", "canceled"}});
  check_table("reopen", reopen,
              {{"permanent", "draft"}, {"exhausted", "draft"}, {"canceled", "draft"}});
  check_table("release", [](const Task& t) { return release(t, now); },
              {{"generating", "retry"}, {"saving", "retry"}});
}

TEST_CASE("a delivery is believed only by the task that waits for it") {
  const auto arrival = [](const std::string& state, int run, Timestamp at = now) {
    return arrival_of(states()[state], delivery(run), at);
  };
  for (const char* state : {"planned", "queued", "waiting", "retry"}) {
    CAPTURE(state);
    CHECK(arrival(state, 2) == Arrival::begins);
    CHECK(arrival(state, 1) == Arrival::superseded);
    CHECK(arrival(state, 3) == Arrival::begins);  // Published, and the process died before noting.
  }
  for (const char* state : {"draft", "held"}) CHECK(arrival(state, 2) == Arrival::canceled);
  CHECK(arrival("canceled", 2) == Arrival::canceled);
  CHECK(arrival("done", 1) == Arrival::done);
  CHECK(arrival("permanent", 2) == Arrival::failed);
  CHECK(arrival("generating", 2) == Arrival::running);
  CHECK(arrival("saving", 2, lease - Milliseconds(1)) == Arrival::running);
  CHECK(arrival("generating", 2, lease) == Arrival::begins);  // The lease has run out.
  CHECK(arrival("generating", 1, lease) == Arrival::superseded);
}

TEST_CASE("attempts are counted over the messages of one start, and anew for the next") {
  Task task = *plan(states()["draft"], now, 4, true);
  CHECK(task.run == 3);
  CHECK(task.attempt == 0);
  Delivery second = delivery(3, 1);
  second.attempts_before = 1;
  task = *begin(task, second, now, lease_time);
  CHECK(task.attempt == 3);
  CHECK(task.lease_until == now + lease_time);
  task = *fail_for_now(task, *task.lease_until, temporary(), now, Milliseconds(7'000),
                       Afterwards::broker_retries);
  CHECK(name_of(task) == "retry");
  CHECK(*task.due == now + Milliseconds(7'000));
  CHECK(task.error->at == now);

  task = *plan(task, now, 4, false);
  CHECK(task.attempt == 3);
  CHECK(task.attempts_max == 4);
  CHECK(task.error.has_value());
  task = *plan(task, now, 4, true);
  CHECK(task.attempt == 0);
  CHECK_FALSE(task.error.has_value());
}

TEST_CASE("the last attempt that fails ends the task") {
  Task task = states()["queued"];
  task = *begin(task, delivery(2, 3), now, lease_time);
  CHECK(task.attempt == 4);
  task = *fail_for_now(task, *task.lease_until, temporary(), now, Milliseconds(1),
                       Afterwards::broker_retries);
  CHECK(name_of(task) == "exhausted");
  CHECK(task.finished == now);
  CHECK_FALSE(task.due.has_value());
}

TEST_CASE("whoever lost the lease changes nothing, but brings the image") {
  const Task task = states()["generating"];
  const Timestamp other = lease + Milliseconds(1);
  CHECK_FALSE(
      fail_for_now(task, other, temporary(), now, Milliseconds(1), Afterwards::broker_retries));
  CHECK_FALSE(fail_for_good(task, other, temporary(), now));
  CHECK_FALSE(give_back(task, other, temporary(), now, {}));
  CHECK(finish(*release(task, now), drawn(), now).has_value());
}

TEST_CASE("waiting for a quota gives the attempt back") {
  const Task task = *give_back(states()["generating"], lease, temporary(), now + lease_time,
                               NewMessage{.run = 3, .id = "msg_3"});
  CHECK(task.attempt == 0);
  CHECK(task.run == 3);
  CHECK(task.message_id == "msg_3");
  CHECK(*task.due == now + lease_time);
}

TEST_CASE("a message that was published for nothing uses up its number") {
  CHECK(skip_run(states()["draft"], 3)->run == 3);
  CHECK_FALSE(skip_run(states()["draft"], 2).has_value());
}

TEST_CASE("an image that is there is never lost to a later failure") {
  const Task done = *finish(states()["saving"], drawn(), now);
  CHECK(done.image->id == "img_1");
  CHECK_FALSE(finish(done, drawn(), now));
  CHECK_FALSE(give_up(done, temporary(), now));
  CHECK_FALSE(cancel(done, now));
  CHECK_FALSE(reopen(done));
  CHECK_FALSE(release(done, now));
  CHECK(reconcile(done, {.state = BrokerWord::State::failed}, now).action ==
        Reconciled::Action::none);
}

TEST_CASE("the broker's word counts for tasks that were sent") {
  using State = BrokerWord::State;
  using Action = Reconciled::Action;
  const Timestamp later = now + silence_max + Milliseconds(1);
  struct Row {
    std::string state;
    State word;
    Timestamp at;
    Action action;
    std::string becomes;
  };
  const std::vector<Row> rows{
      {"draft", State::failed, later, Action::none, ""},
      {"planned", State::failed, later, Action::none, ""},
      {"held", State::failed, later, Action::none, ""},
      {"generating", State::failed, later, Action::none, ""},
      {"queued", State::failed, now, Action::save, "exhausted"},
      {"retry", State::failed, now, Action::save, "exhausted"},
      {"waiting", State::canceled, now, Action::save, "canceled"},
      {"queued", State::waiting, now, Action::none, ""},
      {"queued", State::waiting, later, Action::save, "waiting"},  // Its flow control holds it.
      {"retry", State::waiting, later, Action::none, ""},
      {"queued", State::unknown, now, Action::none, ""},  // It may come any moment.
      {"queued", State::unknown, later, Action::resend, ""},
      {"retry", State::delivered, later, Action::resend, ""},
      {"retry", State::delivered, now, Action::none, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.state);
    const Reconciled reconciled = reconcile(states()[row.state], {.state = row.word}, row.at);
    CHECK(reconciled.action == row.action);
    if (row.action == Action::save) CHECK(name_of(reconciled.task) == row.becomes);
  }
}

TEST_CASE("attempts that fail before they reach us are shown with the broker's text") {
  const Timestamp later = now + silence_max + Milliseconds(1);
  const Timestamp next = later + std::chrono::seconds(100);
  const Reconciled reconciled = reconcile(states()["queued"],
                                          {.state = BrokerWord::State::waiting,
                                           .next_delivery = next,
                                           .detail = "connection refused by 127.0.0.1:9"},
                                          later);
  CHECK(reconciled.action == Reconciled::Action::save);
  CHECK(name_of(reconciled.task) == "retry");
  CHECK(reconciled.task.due == next);
  CHECK(reconciled.task.error->code == "webhook_unreachable");
  CHECK(reconciled.task.error->detail == "connection refused by 127.0.0.1:9");
}

TEST_CASE("a task whose last attempt left no trace is not tried for ever") {
  Task task = states()["retry"];
  task.attempt = task.attempts_max;
  const Timestamp later = now + silence_max + Milliseconds(1);
  const Reconciled reconciled = reconcile(task, {.state = BrokerWord::State::unknown}, later);
  CHECK(reconciled.action == Reconciled::Action::save);
  CHECK(name_of(reconciled.task) == "exhausted");
  CHECK(reconciled.task.error->code == "result_lost");
}

TEST_CASE("states of the broker's log are understood, and unknown ones left alone") {
  CHECK(broker_state_of("DELIVERED") == BrokerWord::State::delivered);
  CHECK(broker_state_of("FAILED") == BrokerWord::State::failed);
  CHECK(broker_state_of("CANCELLED") == BrokerWord::State::canceled);
  CHECK(broker_state_of("CANCELED") == BrokerWord::State::canceled);
  for (const char* state : {"CREATED", "ACTIVE", "RETRY", "ERROR", "IN_PROGRESS", "NEW"}) {
    CHECK(broker_state_of(state) == BrokerWord::State::waiting);
  }
}

}  // namespace godwit::imagegen
