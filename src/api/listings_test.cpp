#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "api/test_server.h"
#include "engine/keys.h"

namespace godwit {
namespace {

TEST_CASE("following the cursor finds every match, though no page may look at much") {
  // Goal: what a client that pages gets is complete and in order under the smallest bound. Method:
  // few matches among many rows, in every state of life, and among dead letters.
  ApiSettings settings;
  settings.listing_scan_max = 5;
  Server server(settings);
  std::vector<std::string> wanted;
  for (int i = 0; i < 60; ++i) {
    Headers headers;
    if (i % 20 == 7) headers.push_back({"Upstash-Label", "rare"});
    if (i % 3 == 0) headers.push_back({"Upstash-Delay", "1h"});
    headers.push_back({"Upstash-Retries", "0"});
    const std::string id = server.publish("https://e.com/h", headers);
    if (i % 20 == 7) wanted.push_back(id);
    if (i % 3 != 0) server.answer(i % 2 == 0 ? 200 : 404);
    server.advance(Milliseconds(40));
  }
  const auto follow = [&server](const std::string& path, const char* list, int& pages) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      REQUIRE(++pages < 1'000);
      const Json page = server.json(200, "GET", path + (cursor.empty() ? "" : "&cursor=" + cursor));
      for (const std::string& id : page.strings(list, "/messageId")) ids.push_back(id);
      cursor = page.has("/cursor") ? page.string("/cursor") : std::string();
    } while (!cursor.empty());
    return ids;
  };
  int pages = 0;
  CHECK(follow("/v2/events?label=rare&state=CREATED&order=earliestFirst", "/events", pages) ==
        wanted);
  CHECK(pages > 5);
  pages = 0;
  const std::vector<std::string> backwards(wanted.rbegin(), wanted.rend());
  CHECK(follow("/v2/events?label=rare&state=CREATED", "/events", pages) == backwards);
  CHECK(pages > 5);
  pages = 0;
  CHECK(follow("/v2/logs?groupBy=messageId&label=rare", "/messages", pages) == backwards);
  pages = 0;
  CHECK(follow("/v2/events?label=nobody", "/events", pages).empty());
  CHECK(pages > 5);
  pages = 0;
  // 7 and 47 were answered with 404; 27 waits.
  CHECK(follow("/v2/dlq?label=rare", "/messages", pages) == std::vector{wanted[0], wanted[2]});
  CHECK(pages > 2);
  pages = 0;
  CHECK(follow("/v2/dlq?responseStatus=999", "/messages", pages).empty());
}

TEST_CASE("a stored record that a listing cannot read is counted and told, once a minute") {
  Server server;
  const std::string good = server.publish("https://e.com/h", {{"Upstash-Delay", "1h"}});
  WriteBatch batch;
  const MessageId damaged = MessageId::make(0, server.clock.now(), 77, 77);
  batch.put(Space::log, keys::log(0, ours, keys::LogReach::instant, damaged.created(), damaged),
            "garbage");
  batch.put(Space::dlq, keys::dead_letter(0, ours, {server.clock.now(), 9}), "garbage");
  server.store->commit(std::move(batch), [](const Result<void>& done) { REQUIRE(done); });

  const auto counted = [&server] {
    const std::string text = server.call("GET", "/metrics").body;
    const std::string name = "\ngodwit_listing_records_skipped_total ";
    return std::stoi(text.substr(text.find(name) + name.size()));
  };
  CHECK(counted() == 0);
  CHECK(server.json(200, "GET", "/v2/events").strings("/events", "/messageId") ==
        std::vector{good});
  CHECK(counted() == 1);
  CHECK(server.skips_told == std::vector<std::uint64_t>{1});
  CHECK(server.json(200, "GET", "/v2/dlq").size("/messages") == 0);
  server.json(200, "GET", "/v2/events");
  CHECK(counted() == 3);
  CHECK(server.skips_told.size() == 1);
  server.advance(Milliseconds(60'000));
  server.json(200, "GET", "/v2/events");
  CHECK(server.skips_told == std::vector<std::uint64_t>{1, 3});
}

}  // namespace
}  // namespace godwit
