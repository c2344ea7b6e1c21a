#include "dashboard/messages/message_query.h"

#include <doctest/doctest.h>

#include <string>

#include "dashboard/messages/log_pages.h"

namespace godwit {
namespace {

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);

Result<MessageSearch> parse(const std::string& query) {
  return parse_message_search(DashboardQuery::parse("/admin/v1/messages?" + query).value(), 1, now);
}

TEST_CASE("filters of messages are read from the query") {
  const MessageSearch search =
      parse(
          "state=failed&state=retrying&status=5xx&status=404&url=hook&label=a&label=b"
          "&since=1h&until=2026-09-21T14:13:20.120Z&text=order+17&limit=7&order=oldest")
          .value();
  CHECK(search.states == std::vector{MessageState::failed, MessageState::retrying});
  REQUIRE(search.statuses.size() == 2);
  CHECK(search.statuses[0].least == 500);
  CHECK(search.statuses[0].most == 599);
  CHECK(search.statuses[1].least == 404);
  CHECK(search.url_parts == std::vector<std::string>{"hook"});
  CHECK(search.filter.labels == std::vector<std::string>{"a", "b"});
  CHECK(search.from == now - Milliseconds(3'600'000));
  CHECK(to_unix_ms(*search.to) % 1000 == 120);
  CHECK(search.text == "order 17");
  CHECK(search.count == 7);
  CHECK(search.order == Order::earliest_first);
}

TEST_CASE("what is wrong in a query is named") {
  for (const char* const query :
       {"state=dead", "status=6x", "status=abc", "since=yesterday", "until=2026-13-01", "id=x",
        "order=up", "limit=0", "limit=1001"}) {
    CAPTURE(query);
    const Result<MessageSearch> search = parse(query);
    REQUIRE_FALSE(search);
    CHECK(search.error().code == ErrorCode::invalid_argument);
    const std::string text(query);
    CHECK(search.error().message.starts_with(text.substr(0, text.find('='))));
  }
}

TEST_CASE("moments are times or how long ago") {
  CHECK(to_unix_ms(*parse_moment("1970-01-02", now)) == 86'400'000);
  CHECK(to_unix_ms(*parse_moment("1970-01-01T00:01Z", now)) == 60'000);
  CHECK(to_unix_ms(*parse_moment("1970-01-01T00:00:01.5Z", now)) == 1'500);
  CHECK(parse_moment("15m", now) == now - Milliseconds(900'000));
  for (const char* const text : {"", "1970-02-30", "1970-01-01T25:00Z", "1970-01-01T00:00:61Z",
                                 "1970-01-01 00:00", "1970-01-01T00:00:01.Z", "soon"}) {
    CHECK_FALSE(parse_moment(text, now));
  }
}

TEST_CASE("a field of a CSV file cannot be read as another field or as a formula") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csv_field("two\r\nlines") == "\"two\r\nlines\"");
  CHECK(csv_field("=1+1") == "\"'=1+1\"");
  CHECK(csv_field("@x") == "\"'@x\"");
  CHECK(csv_field("-2") == "\"'-2\"");
  CHECK(csv_field("") == "");
}

}  // namespace
}  // namespace godwit
