// Why messages wait, as their pages and rows tell it over a whole broker on a memory store.
#include <string>
#include <vector>

#include "dashboard/messages/test_pages.h"

namespace godwit {
namespace {

constexpr Milliseconds second{1'000};
constexpr Milliseconds minute{60'000};

EngineSettings small_windows() {
  EngineSettings settings;
  settings.list_window_max = 3;
  return settings;
}

}  // namespace

TEST_CASE("a delayed message waits for its time, which the clock promises") {
  ReadPages pages;
  const std::string soon = pages.server.publish("https://e.com/h", {{"Upstash-Delay", "10s"}});
  const std::string late = pages.server.publish("https://e.com/h", {{"Upstash-Delay", "2h"}});
  CHECK(pages.reason(soon) == "time");
  CHECK(pages.reason(late) == "time");
  const Json page = pages.page(late);
  CHECK(page.string("/waiting/nextAt") == pages.in(120 * minute));
  CHECK(page.string("/nextAt") == page.string("/waiting/nextAt"));
  CHECK_FALSE(page.boolean("/waiting/estimated"));
  CHECK(pages.page(soon).string("/plan/0/at") == pages.in(10 * second));
}

TEST_CASE("a failed message waits for its retry, and while it is attempted it is active") {
  ReadPages pages;
  const std::string id =
      pages.server.publish("https://e.com/h", {{"Upstash-Retry-Delay", "12000"}});
  const std::string began = pages.in(Milliseconds(0));
  pages.server.advance(second);
  CHECK(pages.reason(id) == "active");
  const Json active = pages.page(id);
  CHECK(active.string("/waiting/params/since") == began);
  CHECK(active.is_null("/waiting/nextAt"));
  CHECK(active.integer("/plan/0/number") == 2);

  pages.server.answer(500);
  CHECK(pages.reason(id) == "retry");
  const Json retry = pages.page(id);
  CHECK(retry.integer("/waiting/params/attempt") == 2);
  CHECK(retry.integer("/waiting/params/of") == 4);
  CHECK(retry.string("/waiting/nextAt") == pages.in(12 * second));
  CHECK_FALSE(retry.boolean("/waiting/estimated"));
}

TEST_CASE("a message whose cancel was asked for during its attempt is being cancelled") {
  ReadPages pages;
  const std::string id = pages.server.publish();
  REQUIRE(pages.server.call("DELETE", "/v2/messages/" + id).status < 300);
  CHECK(pages.reason(id) == "canceling");
  CHECK(pages.page(id).size("/plan") == 0);
}

TEST_CASE("behind others of its queue a message has a position, in memory and in the store") {
  ReadPages pages(small_windows());
  std::vector<std::string> ids;
  for (int i = 0; i < 9; ++i) ids.push_back(pages.enqueue("q"));
  CHECK(pages.reason(ids[0]) == "active");
  for (std::size_t i = 1; i < ids.size(); ++i) {
    INFO(i);
    CHECK(pages.reason(ids[i]) == "queue");
    const Json page = pages.page(ids[i]);
    CHECK(page.string("/waiting/params/queue") == "q");
    CHECK(page.integer("/waiting/params/position") == static_cast<std::int64_t>(i));
    CHECK(page.is_null("/waiting/nextAt"));
    CHECK(page.is_null("/plan/1/at"));
  }
  // A row has its position as far as memory tells it.
  const Json rows =
      pages.get("/admin/v1/messages?id=" + ids[2] + "&id=" + ids[8] + "&order=oldest");
  CHECK(rows.integer("/messages/0/waiting/params/position") == 2);
  CHECK_FALSE(rows.has("/messages/1/waiting/params/position"));

  const Json list = pages.get("/admin/v1/queues/q/waiting");
  CHECK(list.integer("/total") == 8);
  CHECK(list.strings("/messages", "/id") == std::vector(ids.begin() + 1, ids.end()));
  CHECK(list.integer("/messages/7/position") == 8);
  CHECK(pages.get("/admin/v1/queues/q/waiting?limit=5").size("/messages") == 5);
  CHECK(pages.get("/admin/v1/queues/none/waiting").integer("/total") == 0);

  // Places move up, also those that came from the store since.
  for (int i = 0; i < 5; ++i) pages.server.answer(200);
  CHECK(pages.reason(ids[5]) == "active");
  CHECK(pages.page(ids[8]).integer("/waiting/params/position") == 3);
}

TEST_CASE("the first of a queue waits for its own time, the others for their place") {
  ReadPages pages;
  const std::string first = pages.enqueue("q", {{"Upstash-Delay", "30s"}});
  const std::string second_one = pages.enqueue("q", {{"Upstash-Delay", "10s"}});
  CHECK(pages.reason(first) == "time");
  CHECK(pages.page(first).string("/waiting/nextAt") == pages.in(30 * second));
  CHECK_FALSE(pages.page(first).boolean("/waiting/estimated"));
  CHECK(pages.reason(second_one) == "queue");
  CHECK(pages.page(second_one).integer("/waiting/params/position") == 1);
}

TEST_CASE("a paused queue holds who stands in its list and who was admitted and is due") {
  ReadPages pages(small_windows());
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(pages.enqueue("q"));
  pages.server.answer(500);
  pages.ask("queues/q/pause");
  // Its retry has a time, which the pause may outlast.
  CHECK(pages.reason(ids[0]) == "retry");
  CHECK(pages.page(ids[0]).boolean("/waiting/estimated"));
  CHECK(pages.reason(ids[1]) == "queue_paused");
  CHECK(pages.reason(ids[5]) == "queue_paused");
  pages.server.advance(minute);
  CHECK(pages.server.attempts.started.empty());
  CHECK(pages.reason(ids[0]) == "queue_paused");
  const Json page = pages.page(ids[0]);
  CHECK(page.string("/waiting/params/queue") == "q");
  CHECK(page.is_null("/waiting/nextAt"));
  pages.ask("queues/q/resume");
  CHECK(pages.reason(ids[0]) == "active");
}

TEST_CASE("the rate of a key gives each its window, by position") {
  ReadPages pages(small_windows());
  const Timestamp began = pages.server.clock.now();
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(pages.publish_with_key("rate=2, period=60s"));
  pages.server.advance(10 * second);
  CHECK(pages.reason(ids[0]) == "active");
  CHECK(pages.reason(ids[1]) == "active");
  for (std::size_t i = 2; i < ids.size(); ++i) {
    INFO(i);
    CHECK(pages.reason(ids[i]) == "rate");
    const Json page = pages.page(ids[i]);
    CHECK(page.string("/waiting/params/key") == "k");
    CHECK(page.integer("/waiting/params/rate") == 2);
    CHECK(page.integer("/waiting/params/periodSeconds") == 60);
    CHECK(page.integer("/waiting/params/position") == static_cast<std::int64_t>(i) - 1);
    const Timestamp window = began + static_cast<std::int64_t>(i / 2) * minute;
    CHECK(page.string("/waiting/nextAt") == iso_time(window));
    CHECK(page.string("/plan/0/at") == iso_time(window));
    CHECK(page.boolean("/waiting/estimated"));
  }
  const Json list = pages.get("/admin/v1/flow-controls/k/waiting");
  CHECK(list.integer("/total") == 10);
  CHECK(list.strings("/messages", "/id") == std::vector(ids.begin() + 2, ids.end()));
  CHECK(list.string("/messages/9/nextAt") == pages.page(ids[11]).string("/waiting/nextAt"));

  // What was predicted happens.
  pages.server.answer(200);
  pages.server.answer(200);
  pages.server.advance(50 * second);
  CHECK(pages.reason(ids[2]) == "active");
  CHECK(pages.reason(ids[3]) == "active");
  CHECK(pages.reason(ids[4]) == "rate");
  // A delayed message of a key: its window may be used up by then.
  const std::string delayed =
      pages.publish_with_key("rate=2, period=60s", {{"Upstash-Delay", "1h"}});
  CHECK(pages.reason(delayed) == "time");
  CHECK(pages.page(delayed).boolean("/waiting/estimated"));
}

TEST_CASE("the parallelism of a key and its pause are told apart") {
  ReadPages pages;
  const std::string first = pages.publish_with_key("parallelism=1");
  const std::string other = pages.publish_with_key("parallelism=1");
  const std::string last = pages.publish_with_key("parallelism=1");
  CHECK(pages.reason(first) == "active");
  CHECK(pages.reason(last) == "parallelism");
  const Json page = pages.page(last);
  CHECK(page.string("/waiting/params/key") == "k");
  CHECK(page.integer("/waiting/params/parallelism") == 1);
  CHECK(page.integer("/waiting/params/position") == 2);
  CHECK(page.is_null("/waiting/nextAt"));

  pages.ask("flowControl/k/pause");
  CHECK(pages.reason(last) == "flow_control_paused");
  CHECK(pages.page(last).string("/waiting/params/key") == "k");
  pages.server.answer(200);
  CHECK(pages.reason(other) == "flow_control_paused");
  pages.ask("flowControl/k/resume");
  CHECK(pages.reason(other) == "active");
  CHECK(pages.page(last).integer("/waiting/params/position") == 1);
}

TEST_CASE("an admitted message of a queue waits for its key like any other") {
  ReadPages pages;
  pages.publish_with_key("parallelism=1");
  const Headers key{{"Upstash-Flow-Control-Key", "k"},
                    {"Upstash-Flow-Control-Value", "parallelism=1"}};
  const std::string admitted = pages.enqueue("q", key);
  const std::string behind = pages.enqueue("q", key);
  CHECK(pages.reason(admitted) == "parallelism");
  CHECK(pages.page(admitted).integer("/waiting/params/position") == 1);
  CHECK(pages.reason(behind) == "queue");
  CHECK(pages.get("/admin/v1/queues/q/waiting").integer("/total") == 1);
}

TEST_CASE("who is due and has no slot is told which limit is reached") {
  const auto limited = [](std::size_t all, std::size_t host, std::size_t account) {
    EngineSettings settings;
    settings.in_flight_max = all;
    settings.in_flight_per_host_max = host;
    settings.in_flight_per_account_max = account;
    return settings;
  };
  const auto limit = [](EngineSettings settings, const std::string& busy) {
    ReadPages pages(settings);
    for (const char c : busy) pages.server.publish(std::string("https://") + c + ".com/h");
    const std::string id = pages.server.publish("https://a.com/last");
    CHECK(pages.reason(id) == "slot");
    const Json page = pages.page(id);
    CHECK(page.string("/waiting/params/host") == "a.com");
    CHECK(page.is_null("/waiting/nextAt"));
    return page.string("/waiting/params/limit");
  };
  CHECK(limit(limited(100, 2, 100), "aab") == "host");
  CHECK(limit(limited(100, 50, 3), "abc") == "account");
  CHECK(limit(limited(3, 50, 50), "abc") == "all");
  // The share of what is left: the third of six would leave fewer free than the host has.
  CHECK(limit(limited(6, 6, 6), "aaab") == "host");
}

TEST_CASE("what a deleted queue leaves in the store is being cancelled, and is no new queue's") {
  ReadPages pages(small_windows());
  std::vector<std::string> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(pages.enqueue("q"));
  const MessageId last = *MessageId::parse(ids[7]);
  const Message message = **pages.server.broker->find(ours, last);
  const LivingMessage living{.message = message, .due = message.not_before};
  // Asked in the same moment: purging takes the steps of the clock.
  pages.server.broker->delete_queue(ours, "q", [](const Result<void>& done) { CHECK(done); });
  CHECK(pages.server.broker->waiting(living, 0).reason == WaitingReason::canceling);
  pages.server.advance(second);
  pages.server.advance(second);  // What nobody waits for is committed a little later.
  CHECK(pages.page(ids[7]).string("/state") == "canceled");
}

}  // namespace godwit
