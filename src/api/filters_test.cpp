#include "api/filters.h"

#include <doctest/doctest.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace godwit {
namespace {

using Parameters = std::vector<Parameter>;
const MessageId id_a = MessageId::make(0, from_unix_ms(1'790'000'000'000), 1, 1);
const MessageId id_b = MessageId::make(0, from_unix_ms(1'790'000'000'000), 2, 1);

DeadLetterSelection dead_letters(const Parameters& parameters) {
  Result<DeadLetterSelection> selection = parse_dead_letter_selection(parameters);
  REQUIRE(selection);
  return std::move(*selection);
}

LogSelection logs(const Parameters& parameters) {
  Result<LogSelection> selection = parse_log_selection(parameters);
  REQUIRE(selection);
  return std::move(*selection);
}

CancelSelection cancels(const Parameters& parameters) {
  Result<CancelSelection> selection = parse_cancel_selection(parameters);
  REQUIRE(selection);
  return std::move(*selection);
}

}  // namespace

TEST_CASE("no filter selects the first page of everything, in each listing's own order") {
  const DeadLetterSelection letters = dead_letters({});
  CHECK(letters.query.count == 100);
  CHECK(letters.query.order == Order::earliest_first);
  CHECK_FALSE(letters.nothing);
  CHECK_FALSE(letters.by_ids);
  CHECK_FALSE(letters.body_size_max);

  const LogSelection log = logs({});
  CHECK(log.query.count == 100);
  CHECK(log.query.order == Order::latest_first);
  CHECK_FALSE(log.nothing);
}

TEST_CASE("a repeated name and a comma list are the same") {
  const std::vector<std::string> both = {"a", "b"};
  CHECK(logs({{"label", "a"}, {"label", "b"}}).query.filter.labels == both);
  CHECK(logs({{"label", " a , b,"}}).query.filter.labels == both);
  CHECK(dead_letters({{"callerIp", "a"}, {"callerIP", "b"}}).query.filter.caller_ips == both);
  CHECK(logs({{"host", "a,b"}}).query.filter.hosts == both);
}

TEST_CASE("commas inside URLs and paths do not separate") {
  CHECK(logs({{"url", "https://e.com/?a=1,2,https://f.com/,x"}}).query.filter.urls ==
        std::vector<std::string>{"https://e.com/?a=1,2", "https://f.com/,x"});
  CHECK(logs({{"path", "/a,b,/c"}}).query.filter.paths == std::vector<std::string>{"/a,b", "/c"});
}

TEST_CASE("the filters of the dead letter queue are read") {
  const DeadLetterSelection selection = dead_letters({{"cursor", "1-0"},
                                                      {"count", "7"},
                                                      {"order", "latestFirst"},
                                                      {"fromDate", "1000"},
                                                      {"toDate", "99999999999999999"},
                                                      {"messageId", id_a.to_string()},
                                                      {"responseStatus", "500,503"},
                                                      {"responseStatus", "999"},
                                                      {"trimBody", "0"},
                                                      {"api", "x"},
                                                      {"url", "https://e.com"}});
  CHECK(selection.query.cursor == "1-0");
  CHECK(selection.query.count == 7);
  CHECK(selection.query.order == Order::latest_first);
  CHECK(selection.query.from == from_unix_ms(1000));
  CHECK(selection.query.to == from_unix_ms(253'402'300'799'999));
  CHECK(selection.query.filter.ids == std::vector<MessageId>{id_a});
  CHECK(selection.query.statuses == std::vector<int>{500, 503, 999});
  CHECK(selection.body_size_max == 0);
  CHECK_FALSE(selection.nothing);
}

TEST_CASE("counts are clamped, not refused") {
  CHECK(dead_letters({{"count", "500"}}).query.count == 100);
  CHECK(dead_letters({{"count", "0"}}).query.count == 1);
  CHECK(logs({{"count", "5000"}}).query.count == 1000);
  CHECK(logs({{"count", "-3"}}).query.count == 1);
}

TEST_CASE("filters by what cannot exist select nothing, not everything") {
  CHECK(dead_letters({{"messageId", "no-id"}}).nothing);
  CHECK(logs({{"messageId", "no-id"}}).nothing);
  CHECK(dead_letters({{"source", "workflow"}, {"workflowRunId", "wfr_1"}}).nothing);
  CHECK(dead_letters({{"dlqIds", "nonsense"}}).nothing);
  CHECK(logs({{"messageIds", "nonsense"}}).nothing);
}

TEST_CASE("what a message belongs to is a filter everywhere") {
  using Texts = std::vector<std::string>;
  const std::vector<Parameter> given = {{"topicName", "g1,g2"},  {"queueName", "q"},
                                        {"scheduleId", "s1"},    {"scheduleId", "s2"},
                                        {"flowControlKey", "k"}, {"callerIP", "192.0.2.1"}};
  for (const MessageFilter& filter :
       {dead_letters(given).query.filter, logs(given).query.filter, cancels(given).filter}) {
    CHECK(filter.groups == Texts{"g1", "g2"});
    CHECK(filter.queues == Texts{"q"});
    CHECK(filter.schedules == Texts{"s1", "s2"});
    CHECK(filter.flow_control_keys == Texts{"k"});
    CHECK(filter.caller_ips == Texts{"192.0.2.1"});
  }
  CHECK_FALSE(dead_letters(given).nothing);
  CHECK_FALSE(logs(given).nothing);
}

TEST_CASE("a filter of nothing but commas is refused, not taken for none") {
  for (const char* name : {"queueName", "label", "url"}) {
    const std::vector<Parameter> given = {{name, " , "}};
    CHECK(parse_cancel_selection(given).error().code == ErrorCode::invalid_argument);
    CHECK(parse_dead_letter_selection(given).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a bulk cancel reads its filters, and its record makes the same selection again") {
  const CancelSelection selection = cancels({{"host", "b.com"},
                                             {"host", "a.com,b.com"},
                                             {"path", "/x,y,/z"},
                                             {"url", "https://a.com/?a=1,2,https://b.com"},
                                             {"label", "l"},
                                             {"fromDate", "5"},
                                             {"toDate", "70"},
                                             {"count", "500"},
                                             {"cursor", "ignored"},
                                             {"async", "TRUE"}});
  CHECK(selection.asynchronous);
  CHECK_FALSE(selection.by_ids);
  CHECK(selection.count == 500);
  CHECK(selection.from == from_unix_ms(5));
  CHECK(selection.to == from_unix_ms(70));
  const Headers filters = filters_of(selection);
  CHECK(filters == Headers{{"host", "a.com"},
                           {"host", "b.com"},
                           {"label", "l"},
                           {"path", "/x,y"},
                           {"path", "/z"},
                           {"url", "https://a.com/?a=1,2"},
                           {"url", "https://b.com"},
                           {"fromDate", "5"},
                           {"toDate", "70"},
                           {"count", "500"}});
  std::vector<Parameter> again;
  for (const Header& filter : filters) again.push_back({filter.name, filter.value});
  CHECK(filters_of(cancels(again)) == filters);
  CHECK(filters_of(cancels({})).empty());
}

TEST_CASE("what a bulk cancel cannot read is refused") {
  for (const Parameter& parameter :
       {Parameter{"count", "0"}, Parameter{"count", "-1"}, Parameter{"count", "x"},
        Parameter{"async", "maybe"}, Parameter{"fromDate", "today"}, Parameter{"labeel", "x"},
        Parameter{"state", "CREATED"}}) {
    CAPTURE(parameter.name);
    CHECK(parse_cancel_selection(std::span(&parameter, 1)).error().code ==
          ErrorCode::invalid_argument);
  }
}

TEST_CASE("the list of bulk actions is cut by count, cursor and state") {
  const auto parse = [](std::vector<Parameter> given) {
    return parse_bulk_action_selection(given).value();
  };
  CHECK(parse({}).count == 100);
  CHECK_FALSE(parse({}).finished);
  CHECK(parse({{"count", "5000"}}).count == 1000);
  CHECK(parse({{"state", "FINISHED"}}).finished == true);
  CHECK(parse({{"state", "IN_PROGRESS"}}).finished == false);
  CHECK(parse({{"cursor", "bulk_1"}}).cursor == "bulk_1");
  for (const Parameter& parameter : {Parameter{"count", "0"}, Parameter{"count", "x"},
                                     Parameter{"state", "DONE"}, Parameter{"label", "x"}}) {
    CHECK_FALSE(parse_bulk_action_selection(std::span(&parameter, 1)));
  }
}

TEST_CASE("pins are whole numbers, and a period goes with a rate") {
  const auto pin = [](std::vector<Parameter> given) { return parse_flow_control_pin(given); };
  const FlowControlChange all =
      pin({{"parallelism", "3"}, {"rate", "20"}, {"period", "120"}}).value();
  CHECK(all.pin_parallelism == 3);
  CHECK(all.pin_rate == 20);
  CHECK(all.pin_period == std::chrono::seconds(120));
  CHECK_FALSE(pin({{"parallelism", "3"}}).value().pin_rate);
  CHECK_FALSE(pin({{"rate", "3"}}).value().pin_period);
  for (const std::vector<Parameter>& given :
       std::vector<std::vector<Parameter>>{{},
                                           {{"parallelism", "0"}},
                                           {{"rate", "-1"}},
                                           {{"rate", "1.5"}},
                                           {{"period", "60"}},
                                           {{"parallelism", "1"}, {"period", "60"}},
                                           {{"rate", "1"}, {"period", "0"}},
                                           {{"rate", "1"}, {"period", "604801"}},
                                           {{"rate", "1"}, {"burst", "1"}}}) {
    CHECK(pin(given).error().code == ErrorCode::invalid_argument);
  }
  const auto unpin = [](std::vector<Parameter> given) { return parse_flow_control_unpin(given); };
  CHECK(unpin({{"rate", "true"}}).value().unpin_rate);
  CHECK_FALSE(unpin({{"rate", "true"}}).value().unpin_parallelism);
  CHECK_FALSE(unpin({{"rate", "false"}, {"parallelism", "1"}}).value().unpin_rate);
  CHECK(unpin({{"parallelism", "1"}}).value().unpin_parallelism);
  CHECK_FALSE(unpin({{"rate", "20"}}));
}

TEST_CASE("an empty value is as good as none") {
  const DeadLetterSelection selection =
      dead_letters({{"dlqIds", ""}, {"queueName", " "}, {"nonsense", ""}});
  CHECK_FALSE(selection.by_ids);
  CHECK_FALSE(selection.nothing);
}

TEST_CASE("ids of dead letters win over every other filter") {
  const DeadLetterSelection selection =
      dead_letters({{"dlqIds", "5-1,6-0"}, {"dlqIds", "5-1"}, {"queueName", "q"}});
  CHECK(selection.by_ids);
  CHECK_FALSE(selection.nothing);
  CHECK(selection.query.dead_letter_ids ==
        std::vector<DeadLetterId>{{from_unix_ms(5), 1}, {from_unix_ms(6), 0}});
}

TEST_CASE("a list of message ids wins over the filters of the log") {
  const LogSelection selection = logs({{"messageIds", id_a.to_string() + "," + id_b.to_string()},
                                       {"state", "FAILED"},
                                       {"label", "x"},
                                       {"fromDate", "5"},
                                       {"count", "3"}});
  CHECK(selection.query.filter.ids == std::vector<MessageId>{id_a, id_b});
  CHECK(selection.query.filter.labels.empty());
  CHECK_FALSE(selection.query.state);
  CHECK_FALSE(selection.query.from);
  CHECK(selection.query.count == 3);
  CHECK_FALSE(selection.of_one_message);
}

TEST_CASE("states are read in both spellings, and IN_PROGRESS is a filter of its own") {
  CHECK(logs({{"state", "CANCELED"}}).query.state == LogState::canceled);
  CHECK(logs({{"state", "CANCELLED"}}).query.state == LogState::canceled);
  const LogSelection selection = logs({{"state", "IN_PROGRESS"}});
  CHECK(selection.query.in_progress);
  CHECK_FALSE(selection.query.state);
  CHECK(logs({{"groupBy", "messageId"}}).query.group_by_message);
  CHECK(logs({{"messageId", id_a.to_string()}}).of_one_message);
}

TEST_CASE("what is no filter or no value of it is refused by name") {
  for (const Parameter& parameter : {Parameter{"labeel", "x"},
                                     {"host", "e.com"},
                                     {"path", "/x"},
                                     {"count", "ten"},
                                     {"count", "1.5"},
                                     {"fromDate", "yesterday"},
                                     {"order", "random"},
                                     {"trimBody", "-1"},
                                     {"responseStatus", "5xx"},
                                     {"responseStatus", "-1"},
                                     {"source", "elsewhere"},
                                     {"workflowRunId", "wfr_1"}}) {
    CAPTURE(parameter.name);
    CAPTURE(parameter.value);
    const auto refused = parse_dead_letter_selection(Parameters{parameter});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message.find(parameter.name) != std::string::npos);
  }
  for (const Parameter& parameter : {Parameter{"labeel", "x"},
                                     {"dlqIds", "1-0"},
                                     {"state", "failed"},
                                     {"groupBy", "workflowRunId"},
                                     {"count", ""}}) {
    CAPTURE(parameter.name);
    CHECK(parse_log_selection(Parameters{parameter}).has_value() == parameter.value.empty());
  }
}

TEST_CASE("the number of values is bounded") {
  std::string ids;
  for (std::size_t i = 0; i <= filter_values_max; ++i) ids += std::to_string(i) + "-0,";
  CHECK_FALSE(parse_dead_letter_selection(Parameters{{"dlqIds", ids}}));
  CHECK_FALSE(parse_log_selection(Parameters{{"label", ids}}));
}

TEST_CASE("a bulk cancel knows whether ids were given, and counts each once") {
  const auto selection = parse_cancel_selection(
      Parameters{{"messageIds", "msg_b,msg_a"}, {"messageIds", "msg_b"}, {"count", "5"}});
  REQUIRE(selection);
  CHECK(selection->by_ids);
  CHECK(selection->ids == std::vector<std::string>{"msg_a", "msg_b"});
  CHECK_FALSE(parse_cancel_selection({})->by_ids);
  CHECK_FALSE(parse_cancel_selection(Parameters{{"labeel", "x"}}));
}

TEST_CASE("a bulk cancel of 100 is one of all: clients send it unasked; of more than 500 too") {
  const auto count_of = [](const char* text) {
    return parse_cancel_selection(Parameters{{"label", "x"}, {"count", text}})->count;
  };
  CHECK(count_of("100") == std::nullopt);
  CHECK(count_of("99") == 99);
  CHECK(count_of("101") == 101);
  CHECK(count_of("1") == 1);
  CHECK(count_of("500") == 500);
  CHECK(count_of("501") == std::nullopt);
  CHECK(count_of("1000000") == std::nullopt);
}

}  // namespace godwit
