#include "api/parsed_settings.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace godwit {
namespace {

constexpr Timestamp now = from_unix_ms(1'790'000'000'000);

Result<ParsedSettings> parse(const Headers& headers, const std::vector<Parameter>& query = {},
                             const ApiSettings& settings = {}, const Headers& defaults = {},
                             SettingsOf whose = SettingsOf::message) {
  Result<SettingValues> values = SettingValues::gather({.headers = headers, .query = query});
  if (!values) return std::unexpected(values.error());
  if (Result<void> added = values->gather_defaults(defaults); !added) {
    return std::unexpected(added.error());
  }
  return parse_settings(*values, whose, PublishRules{.settings = settings}, now);
}

ParsedSettings parsed(const Headers& headers, const std::vector<Parameter>& query = {},
                      const ApiSettings& settings = {}, const Headers& defaults = {}) {
  Result<ParsedSettings> result = parse(headers, query, settings, defaults);
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}

Error error_of(const Headers& headers, const ApiSettings& settings = {}) {
  const Result<ParsedSettings> result = parse(headers, {}, settings);
  REQUIRE_FALSE(result);
  return result.error();
}

std::vector<Parameter> as_query(const Headers& headers) {
  std::vector<Parameter> query;
  for (const Header& header : headers) {
    query.push_back({.name = header.name, .value = header.value});
  }
  return query;
}

const Headers everything_of_callbacks = {
    {"Upstash-Callback", "https://c.com/cb?a=1"},
    {"Upstash-Callback-Method", "put"},
    {"upstash-callback-timeout", "30s"},
    {"Upstash-Callback-Retries", "0"},
    {"Upstash-Callback-Retry-Delay", "1000 * retried"},
    {"Upstash-Callback-Delay", "0s"},
    {"Upstash-Callback-Not-Before", "0"},
    {"Upstash-Callback-Forward-x-kind", "done"},
    {"Upstash-Callback-Forward-X-Kind", "again"},
    {"Upstash-Callback-Flow-Control-Key", "k"},
    {"Upstash-Callback-Flow-Control-Value", "rate=2, period=1m"},
    {"Upstash-Callback-Label", "a,b"},
    {"Upstash-Callback-Redact-Fields", "body"},
    {"Upstash-Callback-Deduplication-Id", "passed:over"},
    {"Upstash-Callback-Workflow-RunId", "passed over"},
    {"Upstash-Callback-Unknown", "passed over"},
    {"Upstash-Callback-Callback", "https://cc.com"},
    {"Upstash-Callback-Callback-Retries", "9"},
    {"Upstash-Callback-Failure-Callback", "https://cf.com"},
    {"Upstash-Callback-Failure-Callback-Forward-X", "nested"},
    {"Upstash-Failure-Callback", "http://f.com"},
    {"UPSTASH-FAILURE-CALLBACK-RETRIES", "7"},
    {"Upstash-Failure-Callback-Callback", "https://fc.com"},
    {"Upstash-Failure-Callback-Failure-Callback", "https://ff.com"},
    {"Upstash-Failure-Callback-Failure-Callback-Method", "GET"}};

}  // namespace

TEST_CASE("nothing is set unless it is said") {
  const ParsedSettings settings = parsed({});
  CHECK_FALSE(settings.callback);
  CHECK_FALSE(settings.failure_callback);
  CHECK(settings.queue.empty());
  CHECK(settings.attempt.flow_control == FlowControl{});
}

TEST_CASE("callbacks have settings of their own, and callbacks of their own") {
  Callback callback;
  callback.url = "https://c.com/cb?a=1";
  callback.method = Method::put;
  callback.timeout = Milliseconds(30'000);
  callback.retries_max = 0;
  callback.retry_delay = "1000 * retried";
  callback.headers = {{"X-Kind", "done"}, {"X-Kind", "again"}};
  callback.flow_control = {.key = "k", .parallelism = 0, .rate = 2, .period = Milliseconds(60'000)};
  callback.labels = {"a", "b"};
  callback.redaction.body = true;
  Callback of_callback;
  of_callback.url = "https://cc.com";
  of_callback.retries_max = 9;
  callback.callback = of_callback;
  Callback failure_of_callback;
  failure_of_callback.url = "https://cf.com";
  failure_of_callback.headers = {{"X", "nested"}};
  callback.failure_callback = failure_of_callback;

  Callback failure;
  failure.url = "http://f.com";
  failure.retries_max = 7;
  Callback of_failure;
  of_failure.url = "https://fc.com";
  failure.callback = of_failure;
  Callback failure_of_failure;
  failure_of_failure.url = "https://ff.com";
  failure_of_failure.method = Method::get;
  failure.failure_callback = failure_of_failure;

  for (const ParsedSettings& settings :
       {parsed(everything_of_callbacks), parsed({}, as_query(everything_of_callbacks)),
        parsed({}, {}, {}, everything_of_callbacks)}) {
    REQUIRE(settings.callback);
    REQUIRE(settings.failure_callback);
    CHECK(*settings.callback == callback);
    CHECK(*settings.failure_callback == failure);
    CHECK_FALSE(settings.attempt.retries);
  }
}

TEST_CASE("a callback that says nothing more has the defaults") {
  const ParsedSettings settings = parsed({{"Upstash-Callback", "https://c.com"}});
  Callback expected;
  expected.url = "https://c.com";
  REQUIRE(settings.callback);
  CHECK(*settings.callback == expected);
  CHECK_FALSE(settings.callback->retries_max);
}

TEST_CASE("settings of a callback that there is not make none") {
  const ParsedSettings settings = parsed({{"Upstash-Callback", ""},
                                          {"Upstash-Callback-Retries", "not even a number"},
                                          {"Upstash-Failure-Callback-Forward-X", "1"},
                                          {"Upstash-Callback-Failure-Callback", "https://f.com"}});
  CHECK_FALSE(settings.callback);
  CHECK_FALSE(settings.failure_callback);
}

TEST_CASE("a header counts before the query, and the query before a group's default") {
  const Headers headers = {{"Upstash-Retries", "1"},
                           {"Upstash-Callback-Retries", "1"},
                           {"Upstash-Callback-Forward-X-A", "header"},
                           {"Upstash-Label", " "}};
  const std::vector<Parameter> query = {{"upstash-retries", "2"},
                                        {"upstash-timeout", "2s"},
                                        {"upstash-callback", "https://query.com"},
                                        {"upstash-callback-retries", "2"},
                                        {"upstash-callback-forward-x-a", "query"},
                                        {"upstash-callback-forward-x-b", "query"}};
  const Headers defaults = {{"Upstash-Retries", "3"},
                            {"Upstash-Timeout", "3s"},
                            {"Upstash-Label", "group"},
                            {"upstash-queue-name", "q"},
                            {"Upstash-Callback", "https://default.com"},
                            {"Upstash-Callback-Timeout", "3s"},
                            {"Upstash-Callback-Forward-X-A", "default"},
                            {"Upstash-Callback-Forward-X-B", "default"},
                            {"Upstash-Callback-Forward-X-C", "default"},
                            {"Upstash-Callback-Forward-X-C", "twice"},
                            {"Upstash-Failure-Callback", "https://failure.com"}};
  const ParsedSettings settings = parsed(headers, query, {}, defaults);
  CHECK(settings.attempt.retries == 1);
  CHECK(settings.attempt.timeout == Milliseconds(2'000));
  CHECK(settings.attempt.labels == std::vector<std::string>{"group"});
  CHECK(settings.queue == "q");
  REQUIRE(settings.callback);
  CHECK(settings.callback->url == "https://query.com");
  CHECK(settings.callback->retries_max == 1);
  CHECK(settings.callback->timeout == Milliseconds(3'000));
  CHECK(settings.callback->headers ==
        Headers{{"X-A", "header"}, {"X-B", "query"}, {"X-C", "default"}, {"X-C", "twice"}});
  REQUIRE(settings.failure_callback);
  CHECK(settings.failure_callback->url == "https://failure.com");
}

TEST_CASE("defaults of a group bring a Content-Type, but never a schedule") {
  const Headers none;
  const Headers with_type = {{"Content-Type", "a/b"}};
  const Headers defaults = {{"content-type", "c/d"},
                            {"Upstash-Cron", "* * * * *"},
                            {"Upstash-Cron-Seconds", "true"},
                            {"Upstash-Schedule-Id", "x"}};
  for (const auto& [headers, expected] : {std::pair(&none, "c/d"), std::pair(&with_type, "a/b")}) {
    Result<SettingValues> values = SettingValues::gather({.headers = *headers});
    REQUIRE(values);
    REQUIRE(values->gather_defaults(defaults));
    CHECK(values->content_type() == expected);
    CHECK((*values)[MessageSetting::cron].empty());
    CHECK((*values)[MessageSetting::cron_seconds].empty());
    CHECK((*values)[MessageSetting::schedule_id].empty());
  }
}

TEST_CASE("flow control needs its key and its value") {
  const ParsedSettings settings = parsed(
      {{"Upstash-Flow-Control-Key", "acme"}, {"Upstash-Flow-Control-Value", "parallelism=2"}});
  CHECK(settings.attempt.flow_control ==
        FlowControl{.key = "acme", .parallelism = 2, .rate = 0, .period = Milliseconds(1'000)});

  struct Row {
    Headers headers;
    const char* text;
  };
  for (const Row& row :
       {Row{{{"Upstash-Flow-Control-Key", "k"}}, "invalid Upstash-Flow-Control-Value header: "},
        Row{{{"Upstash-Flow-Control-Value", "rate=1"}},
            "invalid Upstash-Flow-Control-Key header: "},
        Row{{{"Upstash-Flow-Control-Key", "k"}, {"Upstash-Flow-Control-Value", "rate=0"}},
            "invalid Upstash-Flow-Control-Value header: "},
        Row{{{"Upstash-Flow-Control-Key", std::string(FlowControl::key_length_max + 1, 'k')},
             {"Upstash-Flow-Control-Value", "rate=1"}},
            "invalid Upstash-Flow-Control-Key header: "},
        Row{{{"Upstash-Callback", "https://c.com"}, {"Upstash-Callback-Flow-Control-Key", "k"}},
            "invalid Upstash-Callback-Flow-Control-Value header: "}}) {
    CAPTURE(row.text);
    const Error error = error_of(row.headers);
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message.starts_with(row.text));
  }
}

TEST_CASE("a wrong setting of a callback is refused in a text with its whole name") {
  struct Row {
    const char* name;
    const char* value;
    ErrorCode code;
    const char* text;
  };
  constexpr ErrorCode invalid = ErrorCode::invalid_argument;
  for (const Row& row : {
           Row{"Upstash-Callback", "c.com", invalid,
               "invalid Upstash-Callback header: invalid destination url: endpoint has invalid "
               "scheme, add http:// or https://"},
           Row{"Upstash-Callback", "my-group", invalid, "invalid Upstash-Callback header: "},
           Row{"Upstash-Failure-Callback", "https://", invalid,
               "invalid Upstash-Failure-Callback header: "},
           Row{"Upstash-Callback-Method", "HEAD", invalid,
               "invalid Upstash-Callback-Method header: "},
           Row{"Upstash-Failure-Callback-Timeout", "1", invalid,
               "invalid Upstash-Failure-Callback-Timeout header: "},
           Row{"Upstash-Callback-Retries", "-1", invalid,
               "invalid Upstash-Callback-Retries header: "},
           Row{"Upstash-Callback-Retries", "1000", ErrorCode::quota_exceeded,
               "quota maxRetries exceeded, current limit: 999 (setting api.retries_max)"},
           Row{"Upstash-Callback-Retry-Delay", "(", invalid,
               "invalid Upstash-Callback-Retry-Delay header: "},
           Row{"Upstash-Callback-Label", "\x01", invalid,
               "invalid Upstash-Callback-Label header: "},
           Row{"Upstash-Callback-Redact-Fields", "x", invalid,
               "invalid Upstash-Callback-Redact-Fields header: "},
           Row{"Upstash-Callback-Forward-A B", "x", invalid,
               "invalid Upstash-Callback-Forward- header: "},
           Row{"Upstash-Failure-Callback-Forward-X", "a\r\nb", invalid,
               "invalid Upstash-Failure-Callback-Forward-X header: "},
           Row{"Upstash-Callback-Delay", "10s", invalid, "invalid Upstash-Callback-Delay header: "},
           Row{"Upstash-Callback-Delay", "10", invalid,
               "invalid Upstash-Callback-Delay header: time: missing unit"},
           Row{"Upstash-Callback-Not-Before", "1790000060", invalid,
               "invalid Upstash-Callback-Not-Before header: "},
           Row{"Upstash-Callback-Failure-Callback", "x", invalid,
               "invalid Upstash-Callback-Failure-Callback header: "},
           Row{"Upstash-Callback-Callback-Retries", "x", invalid,
               "invalid Upstash-Callback-Callback-Retries header: "},
           Row{"Upstash-Callback-Callback-Callback", "https://d.com", invalid,
               "invalid Upstash-Callback-Callback-Callback header: "},
           Row{"Upstash-Callback-Callback-Failure-Callback", "https://d.com", invalid,
               "invalid Upstash-Callback-Callback-Failure-Callback header: "},
           Row{"Upstash-Queue-Name", "a b", invalid, "invalid Upstash-Queue-Name header: "},
           Row{"Upstash-Queue-Name", "a/b", invalid, "invalid Upstash-Queue-Name header: "},
           Row{"Upstash-Workflow-Init", "true", invalid,
               "Upstash-Workflow-Init is not supported by this version of Godwit"},
       }) {
    CAPTURE(row.name);
    CAPTURE(row.value);
    // Behind the one that is tested: the first that is not empty counts.
    const Error error = error_of({{row.name, row.value},
                                  {"Upstash-Callback", "https://c.com"},
                                  {"Upstash-Callback-Callback", "https://cc.com"},
                                  {"Upstash-Failure-Callback", "https://f.com"}});
    CHECK(error.code == row.code);
    CHECK(error.message.starts_with(row.text));
  }
  CHECK(error_of({{"Upstash-Queue-Name", std::string(257, 'q')}}).code == invalid);
  CHECK(parsed({{"Upstash-Queue-Name", "My.queue_1-x"}}).queue == "My.queue_1-x");
}

TEST_CASE("callbacks are delayed where the installation allows it, within its quota") {
  ApiSettings settings;
  settings.allow_callback_delay = true;
  const Headers headers = {{"Upstash-Callback", "https://c.com"},
                           {"Upstash-Callback-Delay", "10s"}};
  CHECK(parsed(headers, {}, settings).callback->delay == Milliseconds(10'000));
  settings.delay_max = Milliseconds(9'000);
  CHECK(error_of(headers, settings).code == ErrorCode::quota_exceeded);
  // A moment says nothing where nobody knows yet when the callback will be made.
  CHECK(error_of(
            {{"Upstash-Callback", "https://c.com"}, {"Upstash-Callback-Not-Before", "1790000060"}},
            settings)
            .message.starts_with("invalid Upstash-Callback-Not-Before header: "));
}

TEST_CASE("settings below a callback of a callback of a callback are nobody's") {
  const ParsedSettings settings = parsed({{"Upstash-Callback", "https://c.com"},
                                          {"Upstash-Callback-Callback", "https://cc.com"},
                                          {"Upstash-Callback-Callback-Callback-Retries", "x"}});
  REQUIRE(settings.callback);
  REQUIRE(settings.callback->callback);
  CHECK_FALSE(settings.callback->callback->callback);
}

TEST_CASE("schedules have a delay and no moment; the quota holds for them too") {
  const Headers headers = {{"Upstash-Delay", "10s"},
                           {"Upstash-Not-Before", "soon"},
                           {"Upstash-Content-Based-Deduplication", "maybe"}};
  const Result<ParsedSettings> settings = parse(headers, {}, {}, {}, SettingsOf::schedule);
  REQUIRE(settings);
  CHECK(settings->delay == Milliseconds(10'000));
  CHECK_FALSE(settings->not_before);
  CHECK_FALSE(settings->content_based_deduplication);
  ApiSettings quotas;
  quotas.delay_max = Milliseconds(5'000);
  const Result<ParsedSettings> refused = parse(headers, {}, quotas, {}, SettingsOf::schedule);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::quota_exceeded);
}

TEST_CASE("what is set replaces what stands in the message, and nothing else changes") {
  Message message;
  message.queue = "old";
  message.flow_control = {.key = "old", .parallelism = 1, .rate = 0, .period = Milliseconds(1'000)};
  Callback old;
  old.url = "https://old.com";
  message.callback = old;
  message.failure_callback = old;
  const Message before = message;
  apply(parsed({}), message, now);
  CHECK(message == before);

  apply(parsed({{"Upstash-Queue-Name", "new"},
                {"Upstash-Delay", "5s"},
                {"Upstash-Flow-Control-Key", "new"},
                {"Upstash-Flow-Control-Value", "rate=9"},
                {"Upstash-Failure-Callback", "https://new.com"}}),
        message, now);
  CHECK(message.queue == "new");
  CHECK(message.not_before == now + Milliseconds(5'000));
  CHECK(message.flow_control.key == "new");
  CHECK(message.flow_control.rate == 9);
  REQUIRE(message.callback);
  CHECK(message.callback->url == "https://old.com");
  REQUIRE(message.failure_callback);
  CHECK(message.failure_callback->url == "https://new.com");
}

}  // namespace godwit
