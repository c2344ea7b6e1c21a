#include "api/resource_in.h"

#include <doctest/doctest.h>

#include <string>

#include "api/publish_request.h"
#include "api/settings.h"

namespace godwit {
namespace {

const ApiSettings settings;
const PublishRules rules{.settings = settings};
constexpr Timestamp now = from_unix_ms(1'790'000'000'000);

}  // namespace

TEST_CASE("a queue is named, and the rest of it may be left open") {
  const QueueUpsert all =
      parse_queue_upsert(R"({"queueName":"a.b_c-1","parallelism":2,"paused":false,"x":1})", 10)
          .value();
  CHECK(all.name == "a.b_c-1");
  CHECK(all.parallelism == 2);
  CHECK(all.paused == false);
  const QueueUpsert open =
      parse_queue_upsert(R"({"queueName":"q","parallelism":null})", 10).value();
  CHECK_FALSE(open.parallelism);
  CHECK_FALSE(open.paused);
  CHECK(parse_queue_upsert(R"({"queueName":"q","parallelism":10})", 10).value().parallelism == 10);
}

TEST_CASE("what is wrong with a queue is named") {
  struct Row {
    const char* body;
    const char* about;
  };
  for (const Row& row :
       {Row{"", "JSON"}, Row{"[]", "object"}, Row{"{}", "queueName"},
        Row{R"({"queueName":7})", "queueName"}, Row{R"({"queueName":"a b"})", "queueName"},
        Row{R"({"queueName":"q","parallelism":0})", "parallelism"},
        Row{R"({"queueName":"q","parallelism":-3})", "parallelism"},
        Row{R"({"queueName":"q","parallelism":1.5})", "parallelism"},
        Row{R"({"queueName":"q","parallelism":"2"})", "parallelism"},
        Row{R"({"queueName":"q","paused":1})", "paused"}}) {
    CAPTURE(row.body);
    const auto refused = parse_queue_upsert(row.body, 10);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.find(row.about) != std::string::npos);
  }
  const auto quota = parse_queue_upsert(R"({"queueName":"q","parallelism":11})", 10);
  REQUIRE_FALSE(quota);
  CHECK(quota.error().code == ErrorCode::quota_exceeded);
  CHECK(quota.error().message ==
        "quota maxParallelism exceeded, current limit: 10 (setting api.queue_parallelism_max)");
}

TEST_CASE("endpoints are added by URL and removed by URL or name") {
  const char* const body =
      R"({"endpoints":[{"url":"https://a.com","name":"first one"},{"url":"http://b.com"}]})";
  using Endpoints = std::vector<GroupEndpoint>;
  CHECK(parse_endpoints(body, EndpointsAre::added, rules).value() ==
        Endpoints{{"https://a.com", "first one"}, {"http://b.com", ""}});
  CHECK(parse_endpoints(R"({"endpoints":[{"name":"x"},{"url":"gone"}]})", EndpointsAre::removed,
                        rules)
            .value() == Endpoints{{"", "x"}, {"gone", ""}});
  CHECK(parse_endpoints(R"({"endpoints":[]})", EndpointsAre::removed, rules).value().empty());
  for (const char* bad :
       {"", "null", "{}", R"({"endpoints":{}})", R"({"endpoints":[]})", R"({"endpoints":["x"]})",
        R"({"endpoints":[{"name":"x"}]})", R"({"endpoints":[{"url":"b.com"}]})",
        R"({"endpoints":[{"url":"ftp://b.com"}]})", R"({"endpoints":[{"url":7}]})",
        R"({"endpoints":[{"url":"https://a.com","name":"a\nb"}]})"}) {
    CAPTURE(bad);
    const auto refused = parse_endpoints(bad, EndpointsAre::added, rules);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
  }
  CHECK_FALSE(parse_endpoints(R"({"endpoints":[{}]})", EndpointsAre::removed, rules));
}

TEST_CASE("a group's default headers are texts that a publish would take") {
  const auto parse = [](const char* body) { return parse_group_headers(body, rules, now); };
  CHECK(parse(R"({"headers":{"Upstash-Header-Forward":["true"],"Upstash-Retries":"3",)"
              R"("Upstash-Forward-X":["a","b"],"X-Null":null}})")
            .value() == Headers{{"Upstash-Header-Forward", "true"},
                                {"Upstash-Retries", "3"},
                                {"Upstash-Forward-X", "a"},
                                {"Upstash-Forward-X", "b"}});
  CHECK(parse(R"({"headers":{}})").value().empty());
  for (const char* bad :
       {"", "[]", "{}", R"({"headers":[]})", R"({"headers":{"X":7}})", R"({"headers":{"X":[7]}})",
        R"({"headers":{"X Y":"z"}})", R"({"headers":{"X":"a\r\nb"}})",
        R"({"headers":{"Upstash-Retries":"many"}})"}) {
    CAPTURE(bad);
    CHECK(parse(bad).error().code == ErrorCode::invalid_argument);
  }
  CHECK(parse(R"({"headers":{"Upstash-Retries":"100000"}})").error().code ==
        ErrorCode::quota_exceeded);
}

}  // namespace godwit
