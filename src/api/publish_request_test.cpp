#include "api/publish_request.h"

#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/publish_draft.h"
#include "net/address_guard.h"

namespace godwit {

using namespace publish_draft;  // Their every line begins with a draft.

TEST_CASE("a publish without settings has QStash's defaults") {
  const Result<Publish> publish = Draft{}.parse();
  REQUIRE(publish);
  CHECK_FALSE(publish->deduplication);
  Message expected;
  expected.account = account;
  expected.url = "https://e.com/h";
  expected.body = "hello";
  expected.caller_ip = "203.0.113.5";
  CHECK(publish->message == expected);
  CHECK(publish->message.method == Method::post);
  CHECK(publish->message.retries_max == 3);
}

TEST_CASE("every setting is read, in any case of its name") {
  const Draft draft = with_headers({{"content-type", "application/json"},
                                    {"UPSTASH-METHOD", "put"},
                                    {"upstash-delay", " 1m30s "},
                                    {"Upstash-Retries", "2"},
                                    {"Upstash-Retry-Delay", "min(60000, pow(2, retried) * 1000)"},
                                    {"Upstash-Timeout", "30s"},
                                    {"Upstash-Forward-x-trace", "abc"},
                                    {"Upstash-Label", "billing, eu"},
                                    {"Upstash-Deduplication-Id", "inv-42"},
                                    {"Upstash-Redact-Fields", "header[X-Trace]"},
                                    {"Upstash-Telemetry-Sdk", "js"},
                                    {"Upstash-NotBefore", "0"},
                                    {"User-Agent", "x"},
                                    {"Accept", "application/json"}});
  const Result<Publish> publish = draft.parse();
  REQUIRE(publish);
  const Message& message = publish->message;
  CHECK(message.method == Method::put);
  CHECK(message.not_before == now + Milliseconds(90'000));
  CHECK(publish->delay == Milliseconds(90'000));
  CHECK(message.retries_max == 2);
  CHECK(message.retry_delay == "min(60000, pow(2, retried) * 1000)");
  CHECK(message.timeout == Milliseconds(30'000));
  CHECK(message.headers == Headers{{"Content-Type", "application/json"}, {"X-Trace", "abc"}});
  CHECK(message.labels == std::vector<std::string>{"billing", "eu"});
  CHECK(message.redaction.headers == std::vector<std::string>{"X-Trace"});
  CHECK(publish->deduplication == deduplication_key_of_id(account, "inv-42"));
}

TEST_CASE("a header counts before the query, the first before the second, and an empty one never") {
  Draft draft =
      with_headers({{"Upstash-Retries", ""}, {"Upstash-Label", "a"}, {"Upstash-Label", "b"}});
  draft.query = {{"upstash-retries", "5"},
                 {"upstash-retries", "6"},
                 {"upstash-label", "c"},
                 {"upstash-delay", ""},
                 {"upstash-callback", ""}};
  const Message message = draft.message();
  CHECK(message.retries_max == 5);
  CHECK(message.labels == std::vector<std::string>{"a"});
  CHECK(message.not_before == Timestamp{});
}

TEST_CASE("forwarded headers keep their order and values, and come from the query too") {
  Draft draft = with_headers({{"Upstash-Forward-X-A", "1"},
                              {"upstash-forward-x-a", "2"},
                              {"Upstash-Forward-Upstash-Workflow-Sdk-Version", "9"},
                              {"Upstash-Forward-Empty", " "}});
  draft.query = {
      {"upstash-forward-x-a", "3"}, {"upstash-forward-x-b", "4"}, {"upstash-forward-x-b", "5"}};
  CHECK(draft.message().headers == Headers{{"X-A", "1"},
                                           {"X-A", "2"},
                                           {"Upstash-Workflow-Sdk-Version", "9"},
                                           {"X-B", "4"},
                                           {"X-B", "5"}});
}

TEST_CASE("a forwarded Content-Type replaces the plain one") {
  CHECK(with_headers({{"Content-Type", "a/b"}, {"Upstash-Forward-Content-Type", "c/d"}})
            .message()
            .headers == Headers{{"Content-Type", "c/d"}});
}

TEST_CASE("Upstash-Header-Forward passes on all that was not for us") {
  Draft draft = with_headers({{"Host", "godwit"},
                              {"Content-Length", "5"},
                              {"Connection", "keep-alive, X-Hop"},
                              {"X-Hop", "1"},
                              {"Keep-Alive", "5"},
                              {"Proxy-Authorization", "x"},
                              {"TE", "trailers"},
                              {"Transfer-Encoding", "chunked"},
                              {"Expect", "100-continue"},
                              {"Authorization", "Bearer T"},
                              {"content-type", "a/b"},
                              {"x-github-event", "push"},
                              {"X-Twice", "incoming"},
                              {"Upstash-Forward-X-Twice", "forwarded"},
                              {"Upstash-Retries", "1"},
                              {"Upstash-Signature", "s"},
                              {"Upstash-Header-Forward", "True"}});
  CHECK(draft.message().headers ==
        Headers{{"Content-Type", "a/b"}, {"X-Github-Event", "push"}, {"X-Twice", "forwarded"}});
  draft.authorization_is_credential = false;
  CHECK(find_header(draft.message().headers, "Authorization") != nullptr);
  CHECK(*find_header(draft.message().headers, "Authorization") == "Bearer T");
}

TEST_CASE("headers that are none are not passed on: items of a batch are not checked by HTTP") {
  for (const Header& header : {Header{"X", "a\r\nInjected: 1"}, Header{"X\r\nInjected", "1"},
                               Header{"", "x"}, Header{"A B", "x"}}) {
    CAPTURE(header.name);
    const Error error = with_headers({header, {"Upstash-Header-Forward", "true"}}).error();
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message.starts_with("invalid Upstash-Header-Forward header: "));
    CHECK(with_headers({header}).message().headers.empty());
  }
}

TEST_CASE("times: delays, moments, and what they are worth in the past") {
  struct Row {
    const char* delay;
    const char* not_before;
    std::int64_t expected_ms;  // 0: at once
  };
  for (const Row& row :
       {Row{"10s", "", 1'790'000'010'000}, Row{"1d10h30m", "", 1'790'124'200'000}, Row{"0s", "", 0},
        Row{"1500ms", "", 1'790'000'001'500}, Row{"", "1790000060", 1'790'000'060'000},
        Row{"10s", "1790000060", 1'790'000'060'000}, Row{"", "1000", 1'000'000}, Row{"", "0", 0}}) {
    CAPTURE(row.delay);
    CAPTURE(row.not_before);
    const auto publish =
        with_headers({{"Upstash-Delay", row.delay}, {"Upstash-Not-Before", row.not_before}})
            .parse();
    REQUIRE(publish);
    CHECK(to_unix_ms(publish->message.not_before) == row.expected_ms);
    const bool counts = *row.not_before == '\0';
    CHECK((publish->delay > Milliseconds(0)) == (counts && row.expected_ms != 0));
  }
}

TEST_CASE("both kinds of deduplication give keys, and the explicit one wins") {
  const Headers by_content = {{"Upstash-Content-Based-Deduplication", "True"}};
  const auto key = with_headers(by_content).parse()->deduplication;
  REQUIRE(key);
  CHECK(key == deduplication_key_of_content(Draft{}.message()));
  Draft other = with_headers(by_content);
  other.body = "other";
  CHECK(other.parse()->deduplication != key);
  CHECK(with_headers(
            {{"Upstash-Content-Based-Deduplication", "1"}, {"Upstash-Deduplication-Id", "x"}})
            .parse()
            ->deduplication == deduplication_key_of_id(account, "x"));
  CHECK_FALSE(
      with_headers({{"Upstash-Content-Based-Deduplication", "false"}}).parse()->deduplication);
  CHECK(with_headers(by_content).parse()->message.deduplication_id == "");
  CHECK(with_headers({{"Upstash-Deduplication-Id", "x"}}).parse()->message.deduplication_id == "x");
  CHECK_FALSE(with_headers({}).parse()->message.deduplication_id);
}

TEST_CASE("a wrong value is refused in a text that names its header") {
  struct Row {
    const char* name;
    const char* value;
    ErrorCode code;
    const char* text;
  };
  constexpr ErrorCode invalid = ErrorCode::invalid_argument;
  constexpr ErrorCode quota = ErrorCode::quota_exceeded;
  for (const Row& row : {
           Row{"Upstash-Delay", "1", invalid,
               "invalid Upstash-Delay header: time: missing unit in duration \"1\""},
           Row{"Upstash-Delay", "-1s", invalid, "invalid Upstash-Delay header: "},
           Row{"Upstash-Timeout", "x", invalid, "invalid Upstash-Timeout header: "},
           Row{"Upstash-Timeout", "0s", invalid, "invalid Upstash-Timeout header: "},
           Row{"Upstash-Method", "HEAD", invalid, "invalid Upstash-Method header: "},
           Row{"Upstash-Retries", "-1", invalid, "invalid Upstash-Retries header: "},
           Row{"Upstash-Retries", "1.5", invalid, "invalid Upstash-Retries header: "},
           Row{"Upstash-Retries", "+1", invalid, "invalid Upstash-Retries header: "},
           Row{"Upstash-Retries", "1000", quota,
               "quota maxRetries exceeded, current limit: 999 (setting api.retries_max)"},
           Row{"Upstash-Retries", "99999999999999999999", quota,
               "quota maxRetries exceeded, current limit: 999 (setting api.retries_max)"},
           Row{"Upstash-Retry-Delay", "1000 *", invalid, "invalid Upstash-Retry-Delay header: "},
           Row{"Upstash-Not-Before", "soon", invalid, "invalid Upstash-Not-Before header: "},
           Row{"Upstash-Not-Before", "-5", invalid, "invalid Upstash-Not-Before header: "},
           Row{"Upstash-Not-Before", "9000000000000000000", quota,
               "quota maxDelay exceeded, current limit: 315360000 (setting api.delay_max)"},
           Row{"Upstash-Delay", "4000d", quota,
               "quota maxDelay exceeded, current limit: 315360000 (setting api.delay_max)"},
           Row{"Upstash-Deduplication-Id", "a:b", invalid, "DeduplicationId cannot contain ':'"},
           Row{"Upstash-Content-Based-Deduplication", "maybe", invalid,
               "invalid Upstash-Content-Based-Deduplication header: "},
           Row{"Upstash-Header-Forward", "maybe", invalid,
               "invalid Upstash-Header-Forward header: "},
           Row{"Upstash-Label", "a\tb\x01", invalid, "invalid Upstash-Label header: "},
           Row{"Upstash-Redact-Fields", "everything", invalid,
               "invalid Upstash-Redact-Fields header: "},
           Row{"Upstash-Forward-A B", "x", invalid, "invalid Upstash-Forward- header: "},
           Row{"Upstash-Forward-", "x", invalid, "invalid Upstash-Forward- header: "},
           Row{"Upstash-Forward-X", "a\r\nInjected: 1", invalid,
               "invalid Upstash-Forward-X header: "},
       }) {
    CAPTURE(row.name);
    CAPTURE(row.value);
    for (const Error& error : {with_headers({{row.name, row.value}}).error(),
                               with_query({{row.name, row.value}}).error()}) {
      CHECK(error.code == row.code);
      CHECK(error.message.starts_with(row.text));
    }
  }
  CHECK(with_headers({{"Upstash-Deduplication-Id", std::string(257, 'x')}}).error().code ==
        invalid);
}

TEST_CASE("destinations are told apart as QStash does, and stored as written") {
  CHECK(with_destination("HTTPS://E.com:8443/a?b=%20").message().url ==
        "HTTPS://E.com:8443/a?b=%20");
  struct Row {
    const char* destination;
    ErrorCode code;
    const char* text;
  };
  constexpr const char* scheme =
      "invalid destination url: endpoint has invalid scheme, add http:// or https://";
  for (const Row& row : {
           Row{"", ErrorCode::invalid_argument, "a non-empty destination must be provided"},
           Row{"my-group", ErrorCode::not_found, "topic my-group not found"},
           Row{"example.com", ErrorCode::not_found, "topic example.com not found"},
           Row{"example.com/path", ErrorCode::invalid_argument, scheme},
           Row{"ftp://bad", ErrorCode::invalid_argument, scheme},
           Row{"my group", ErrorCode::invalid_argument, scheme},
           Row{"api/llm", ErrorCode::invalid_argument, "api destinations are not supported"},
           Row{"https://", ErrorCode::invalid_argument, "invalid destination url: "},
           Row{"https://a b", ErrorCode::invalid_argument, "invalid destination url: "},
           Row{"https://a.com:99999/", ErrorCode::invalid_argument, "invalid destination url: "},
       }) {
    CAPTURE(row.destination);
    const Error error = with_destination(row.destination).error();
    CHECK(error.code == row.code);
    CHECK(error.message.starts_with(row.text));
  }
}

TEST_CASE("addresses that the guard refuses are refused at publish, if the settings say so") {
  const Result<AddressPolicy> guard = AddressPolicy::parse({"10.1.0.0/16"});
  REQUIRE(guard);
  struct Row {
    const char* destination;
    const char* text;  // nullptr: accepted
  };
  for (const Row& row :
       {Row{"http://127.0.0.1:3000/",
            "invalid destination url: endpoint resolves to a loopback address: 127.0.0.1"},
        Row{"http://[::1]/",
            "invalid destination url: endpoint resolves to a loopback address: ::1"},
        Row{"http://localhost:3000",
            "invalid destination url: endpoint resolves to a loopback address: "},
        Row{"http://app.localhost",
            "invalid destination url: endpoint resolves to a loopback address: "},
        Row{"http://10.0.0.1/", "invalid destination url: "},
        Row{"http://169.254.169.254/latest", "invalid destination url: "},
        Row{"http://10.1.2.3/", nullptr}, Row{"http://93.184.216.34/", nullptr},
        Row{"http://e.com/", nullptr}}) {
    CAPTURE(row.destination);
    Draft draft = with_destination(row.destination);
    draft.guard = &*guard;
    CHECK(draft.parse());  // Off by default.
    draft.settings.refuse_loopback_destinations = true;
    const Result<Publish> publish = draft.parse();
    CHECK(publish.has_value() == (row.text == nullptr));
    if (!publish && row.text != nullptr) CHECK(publish.error().message.starts_with(row.text));
  }
}

TEST_CASE("sizes are bounded at the byte") {
  Draft draft;
  draft.settings.message_size_max = 4;
  CHECK(draft.error().code == ErrorCode::quota_exceeded);
  CHECK(draft.error().message ==
        "quota maxMessageSize exceeded, current limit: 4 (setting api.message_size_max)");
  draft.body = "1234";
  CHECK(draft.message().body == "1234");

  Draft forwards;
  forwards.settings.forwarded_headers_size_max = 6;
  forwards.headers = {{"Upstash-Forward-Ab", "1234"}};
  CHECK(forwards.parse());
  forwards.headers = {{"Upstash-Forward-Ab", "12345"}};
  CHECK(forwards.error().code == ErrorCode::invalid_argument);

  Draft many;
  for (std::size_t i = 0; i < forwarded_headers_max; ++i) {
    many.headers.push_back({"Upstash-Forward-X" + std::to_string(i), "1"});
  }
  CHECK(many.parse());
  many.headers.push_back({"Upstash-Forward-Y", "1"});
  CHECK(many.error().code == ErrorCode::invalid_argument);
}

TEST_CASE("the quotas are those of the installation") {
  Draft draft = with_headers({{"Upstash-Retries", "6"}});
  draft.settings.retries_max = 5;
  CHECK(draft.error().message ==
        "quota maxRetries exceeded, current limit: 5 (setting api.retries_max)");
  draft.headers = {{"Upstash-Delay", "604801s"}};
  draft.settings.delay_max = Milliseconds(604'800'000);
  CHECK(draft.error().message ==
        "quota maxDelay exceeded, current limit: 604800 (setting api.delay_max)");
  draft.headers = {{"Upstash-Delay", "604800s"}};
  CHECK(draft.parse());
}

TEST_CASE("a queue comes from the path first, then from its header") {
  Draft draft = with_headers({{"Upstash-Queue-Name", "by-header"}});
  CHECK(draft.message().queue == "by-header");
  draft.queue = "By.path_1";
  CHECK(draft.message().queue == "By.path_1");
  for (const std::string& wrong :
       {std::string("a b"), std::string("a/b"), std::string("\xc3\xa9"), std::string(257, 'q')}) {
    draft.queue = wrong;
    CAPTURE(wrong);
    CHECK(draft.error().code == ErrorCode::invalid_argument);
    CHECK(draft.error().message.starts_with("invalid queue name: "));
  }
}

TEST_CASE("the headers of callbacks count with those of their message") {
  Draft draft;
  draft.settings.forwarded_headers_size_max = 12;
  draft.headers = {{"Upstash-Forward-A", "123"},
                   {"Upstash-Callback", "https://c.com"},
                   {"Upstash-Callback-Forward-A", "123"},
                   {"Upstash-Callback-Failure-Callback", "https://c.com"},
                   {"Upstash-Callback-Failure-Callback-Forward-A", "123"}};
  CHECK(draft.parse());
  draft.headers.back().value = "1234";
  CHECK(draft.error().code == ErrorCode::invalid_argument);
}

TEST_CASE("addresses of callbacks are held against the guard, too") {
  const Result<AddressPolicy> guard = AddressPolicy::parse({});
  REQUIRE(guard);
  Draft draft = with_headers({{"Upstash-Callback", "http://127.0.0.1/"}});
  draft.guard = &*guard;
  CHECK(draft.parse());
  draft.settings.refuse_loopback_destinations = true;
  CHECK(draft.error().message.starts_with("invalid Upstash-Callback header: "));
}

TEST_CASE("the settings of a retry replace those of the dead letter's message") {
  const ApiSettings settings;
  const PublishRules rules{.settings = settings};
  Message message;
  message.url = "https://e.com";
  message.method = Method::put;
  message.retries_max = 9;
  message.labels = {"old"};
  message.headers = {{"Content-Type", "a/b"}, {"X-A", "1"}, {"X-A", "2"}, {"X-B", "3"}};

  const Headers headers = {{"Content-Type", "application/json"},
                           {"Upstash-Retries", "0"},
                           {"Upstash-Delay", "10s"},
                           {"Upstash-Label", "new"},
                           {"Upstash-Queue-Name", "q"},
                           {"Upstash-Flow-Control-Key", "k"},
                           {"Upstash-Flow-Control-Value", "rate=1"},
                           {"Upstash-Callback", "https://c.com"},
                           {"Upstash-Callback-Retries", "1"},
                           {"Upstash-Forward-X-A", "9"}};
  const auto change = parse_retry_changes({.headers = headers}, now, rules);
  REQUIRE(change);
  Message changed = message;
  (*change)(changed);
  CHECK(changed.method == Method::put);
  CHECK(changed.retries_max == 0);
  CHECK(changed.not_before == now + Milliseconds(10'000));
  CHECK(changed.labels == std::vector<std::string>{"new"});
  CHECK(changed.queue == "q");
  CHECK(changed.flow_control.key == "k");
  REQUIRE(changed.callback);
  CHECK(changed.callback->url == "https://c.com");
  CHECK(changed.callback->retries_max == 1);
  CHECK_FALSE(changed.failure_callback);
  CHECK(changed.headers == Headers{{"Content-Type", "a/b"}, {"X-B", "3"}, {"X-A", "9"}});

  const auto nothing = parse_retry_changes({.headers = {}}, now, rules);
  REQUIRE(nothing);
  changed = message;
  (*nothing)(changed);
  CHECK(changed == message);

  for (const Header& header :
       {Header{"Upstash-Deduplication-Id", "x"}, Header{"Upstash-Content-Based-Deduplication", "1"},
        Header{"Upstash-Header-Forward", "true"}, Header{"Upstash-Cron", "* * * * *"},
        Header{"Upstash-Callback", "c.com"}, Header{"Upstash-Retries", "x"}}) {
    CAPTURE(header.name);
    const Headers refused = {header};
    const auto result = parse_retry_changes({.headers = refused}, now, rules);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::invalid_argument);
    CHECK(result.error().message.find(header.name) != std::string::npos);
  }
}

}  // namespace godwit
