#include "imagegen/http/events/event_stream.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "imagegen/http/test_site.h"

namespace godwit::imagegen {
namespace {

namespace asio = boost::asio;

TestSiteSettings fast() {
  TestSiteSettings settings;
  settings.events.interval = std::chrono::milliseconds(5);
  settings.events.status_interval = std::chrono::milliseconds(5);
  settings.events.heartbeat = std::chrono::milliseconds(50);
  settings.events.clients_max = 2;
  settings.events.queue_size_max = 200'000;
  return settings;
}

/// Reads until `text` was seen; returns all that came.
std::string read_until(TestSite& site, const std::shared_ptr<BodySource>& stream,
                       std::string_view text) {
  std::string all;
  while (all.find(text) == std::string::npos) {
    auto piece = must(site.run(stream->next()));
    REQUIRE(piece.has_value());
    all += *piece;
  }
  return all;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("who listens is told the status, then tasks and generations that change") {
  TestSite site(fast());
  const std::string id = site.generation(2);
  const HttpResponse response = site.call("GET", "/api/events");
  REQUIRE(response.stream);
  CHECK(header_of(response, "Content-Type") == "text/event-stream; charset=utf-8");
  CHECK(read_until(site, response.stream, "event: status\n").starts_with("retry: 3000\n\n"));

  const Task task = site.tasks(id).front();
  site.site->changed(id, task.id);
  site.site->changed(id, task.id);
  site.site->changed(id, "");
  const std::string text = read_until(site, response.stream, "event: status\n");
  CHECK(count(text, "event: task\ndata: {\"taskId\":\"" + task.id + "\"") == 1);
  CHECK(count(text, "event: generation\ndata: {\"id\":\"" + id + "\"") == 1);
}

TEST_CASE("many changed tasks follow an interval later, and none is left out") {
  TestSiteSettings settings = fast();
  settings.events.tasks_per_interval = 10;
  TestSite site(settings);
  const std::string id = site.generation(25);
  const HttpResponse response = site.call("GET", "/api/events");
  for (const Task& task : site.tasks(id)) site.site->changed(id, task.id);
  std::string text;
  while (count(text, "event: task\n") < 25) text += *must(site.run(response.stream->next()));
  CHECK(count(text, "event: generation\n") >= 2);
}

TEST_CASE("a generation that would fill the queue is not told, but its tasks are") {
  TestSiteSettings settings = fast();
  settings.events.queue_size_max = 40'000;
  TestSite site(settings);
  const std::string id = site.json(200, "POST", "/api/generations",
                                   R"({"name":"n","rateLimit":60,"model":"demo","prompts":[")" +
                                       std::string(15'000, 'x') + R"("]})")
                             .string("/id");
  const HttpResponse response = site.call("GET", "/api/events");
  read_until(site, response.stream, "event: status\n");
  site.site->changed(id, site.tasks(id).front().id);
  const std::string text = read_until(site, response.stream, "event: status\n");
  CHECK(count(text, "event: task\n") == 1);
  CHECK(count(text, "event: generation\n") == 0);
}

TEST_CASE("silence is broken now and then, so that proxies keep the connection") {
  TestSite site(fast());
  const HttpResponse response = site.call("GET", "/api/events");
  CHECK(read_until(site, response.stream, ": still here\n").find("event: status") !=
        std::string::npos);
}

TEST_CASE("a client that does not read is cut off instead of filling the memory") {
  TestSiteSettings settings = fast();
  settings.events.queue_size_max = 4'000;
  TestSite site(settings);
  const std::string id = site.generation(30);
  const HttpResponse response = site.call("GET", "/api/events");
  for (const Task& task : site.tasks(id)) site.site->changed(id, task.id);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Result<std::optional<std::string>> piece = std::optional<std::string>();
  do {
    piece = site.run(response.stream->next());
  } while (piece && std::chrono::steady_clock::now() < end);
  CHECK_FALSE(piece);
}

TEST_CASE("there is a bound to those who listen, and places become free") {
  TestSite site(fast());
  HttpResponse first = site.call("GET", "/api/events");
  const HttpResponse second = site.call("GET", "/api/events");
  CHECK(site.call("GET", "/api/events").status == 503);
  first.stream.reset();
  CHECK(site.call("GET", "/api/events").status == 200);
}

TEST_CASE("streams end when the server stops") {
  TestSite site(fast());
  const HttpResponse response = site.call("GET", "/api/events");
  read_until(site, response.stream, "event: status\n");
  std::optional<bool> ended;
  asio::co_spawn(site.io, response.stream->next(),
                 [&](const std::exception_ptr&, Result<std::optional<std::string>> piece) {
                   ended = piece && !piece->has_value();
                 });
  site.site->stop();
  run_until(site.io, [&] { return ended.has_value(); });
  CHECK(*ended);
  CHECK(site.call("GET", "/api/events").status == 503);
}

}  // namespace godwit::imagegen
