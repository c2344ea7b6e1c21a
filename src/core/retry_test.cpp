#include "core/retry.h"

#include <doctest/doctest.h>

#include <cmath>

#include "testing/fake_clock.h"

namespace godwit {
namespace {

// Mon, 21 Sep 2026 14:13:20 GMT.
constexpr Timestamp now = FakeClock::start;

TEST_CASE("the default backoff is e^(2.5 n) seconds, at most a day") {
  CHECK(default_backoff(0).count() == 12'182);
  CHECK(default_backoff(1).count() == 148'413);
  CHECK(default_backoff(2).count() == 1'808'042);
  CHECK(default_backoff(3).count() == 22'026'466);
  CHECK(default_backoff(4) == retry_delay_max);
  CHECK(default_backoff(1'000'000) == retry_delay_max);
  for (int retried = 0; retried < 10; ++retried) {
    const double exact = std::min(86'400'000.0, 1000 * std::exp(2.5 * (retried + 1)));
    CHECK(std::fabs(static_cast<double>(default_backoff(retried).count()) - exact) <= 0.5);
  }
}

TEST_CASE("every form of a retry hint is read") {
  const std::pair<std::string, std::int64_t> table[] = {
      {"0", 0},
      {"1", 1'000},
      {" 30 ", 30'000},
      {"86400", 86'400'000},
      {"1.5", 1'500},
      {"0.0001", 1},  // Never earlier than asked.
      {"2.0000", 2'000},
      {"6m5s", 365'000},
      {"250ms", 250},
      {"1h", 3'600'000},
      {"24h", 86'400'000},
      {"Mon, 21 Sep 2026 14:13:20 GMT", 0},
      {"Mon, 21 Sep 2026 14:13:25 GMT", 5'000},
      {"Tue, 22 Sep 2026 14:13:20 GMT", 86'400'000},
      {"Mon, 21 Sep 2026 14:14:00 UTC", 40'000},
      {"Thu, 1 Jan 1970 00:00:00 GMT", 0},
      {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
      {"Fri, 21 Sep 2026 14:13:60 GMT", 40'000},
  };
  for (const auto& [text, ms] : table) {
    CAPTURE(text);
    const std::optional<Milliseconds> hint = retry_hint({{"Retry-After", text}}, now);
    REQUIRE(hint);
    CHECK(hint->count() == ms);
  }
}

TEST_CASE("a hint that is unreadable or beyond a day is no hint") {
  for (const std::string text : {"",
                                 " ",
                                 "soon",
                                 "-1",
                                 "+-1",
                                 "1e3",
                                 ".",
                                 "1.",
                                 ".5",
                                 "0x10",
                                 "86401",
                                 "86400.0001",
                                 "1790000100",
                                 "99999999999999999999999999",
                                 "24h1ms",
                                 "2d",
                                 "-5s",
                                 "1,5",
                                 "5 s",
                                 "Tue, 22 Sep 2026 14:13:21 GMT",
                                 "Mon, 31 Jun 2026 00:00:00 GMT",
                                 "Mon, 21 Sep 2026 24:00:00 GMT",
                                 "Mon, 21 Sep 2026 14:60:00 GMT",
                                 "Mon, 21 Sep 2026 14:13:20",
                                 "Mon, 21 Sep 2026 14:13:20 CET",
                                 "Mon 21 Sep 2026 14:13:20 GMT",
                                 "Mon, 0 Sep 2026 14:13:20 GMT",
                                 "Monday, 21-Sep-26 14:13:20 GMT",
                                 "Mon, 21 Sep 2026 14:13:20 GMT ,"}) {
    CAPTURE(text);
    CHECK_FALSE(retry_hint({{"Retry-After", text}}, now));
  }
  CHECK_FALSE(retry_hint({}, now));
  CHECK_FALSE(retry_hint({{"Date", "5"}, {"X-RateLimit-Remaining", "5"}}, now));
}

TEST_CASE("Retry-After goes before the rate limit headers, of which the largest counts") {
  const Headers limits{{"X-Ratelimit-Reset", "5"},
                       {"x-ratelimit-reset-requests", "7"},
                       {"X-RateLimit-Reset-Tokens", "6m"},
                       {"X-RateLimit-Reset", "2000000000"}};
  CHECK(retry_hint(limits, now) == Milliseconds(360'000));

  Headers all = limits;
  all.push_back({"retry-after", "1"});
  CHECK(retry_hint(all, now) == Milliseconds(1'000));

  all.back().value = "never";
  CHECK(retry_hint(all, now) == Milliseconds(360'000));
}

Message message_with(int retries_max, std::string retry_delay = {}) {
  Message message;
  message.retries_max = retries_max;
  message.retry_delay = std::move(retry_delay);
  return message;
}

AttemptResult answer(int status, Headers headers = {}) {
  AttemptResult result;
  result.status = status;
  result.response_headers = std::move(headers);
  return result;
}

AttemptResult no_answer(std::string error) {
  AttemptResult result;
  result.error = std::move(error);
  return result;
}

std::optional<Milliseconds> retry_after(const Outcome& outcome) {
  const auto* retry = std::get_if<RetryAt>(&outcome);
  if (retry == nullptr) return std::nullopt;
  return retry->time - now;
}

TEST_CASE("every status from 200 to 299 is a delivery, and no other") {
  for (int status = 100; status < 600; ++status) {
    CAPTURE(status);
    const Outcome outcome = judge(message_with(3), 0, answer(status), now);
    CHECK(std::holds_alternative<Delivered>(outcome) == (status >= 200 && status < 300));
    CHECK(std::holds_alternative<RetryAt>(outcome) == (status < 200 || status >= 300));
  }
  // Even when all retries are used up.
  CHECK(std::holds_alternative<Delivered>(judge(message_with(3), 3, answer(204), now)));
}

TEST_CASE("489 with its header ends the retries, and each of them alone does not") {
  const Headers mark{{"upstash-nonretryable-error", "true"}};
  CHECK(std::holds_alternative<DeadLetter>(judge(message_with(3), 0, answer(489, mark), now)));
  CHECK(retry_after(judge(message_with(3), 0, answer(489), now)));
  CHECK(retry_after(judge(message_with(3), 0, answer(500, mark), now)));
  CHECK(retry_after(
      judge(message_with(3), 0, answer(489, {{"Upstash-NonRetryable-Error", "false"}}), now)));
}

TEST_CASE("a failed attempt is retried until the retries are used up") {
  for (int retries_max = 0; retries_max < 5; ++retries_max) {
    const Message message = message_with(retries_max);
    for (int retried = 0; retried < retries_max; ++retried) {
      CHECK(retry_after(judge(message, retried, answer(500), now)) == default_backoff(retried));
      CHECK(retry_after(judge(message, retried, no_answer("x"), now)) == default_backoff(retried));
    }
    CHECK(std::holds_alternative<DeadLetter>(judge(message, retries_max, answer(500), now)));
    CHECK(std::holds_alternative<DeadLetter>(judge(message, retries_max + 1, answer(500), now)));
  }
}

TEST_CASE("the response's hint goes before the expression, which goes before the default") {
  const Message message = message_with(3, "(1 + retried) * 1000");
  const AttemptResult hinted = answer(429, {{"Retry-After", "77"}});
  const AttemptResult unhinted = answer(429, {{"Retry-After", "1790000100"}});
  CHECK(retry_after(judge(message, 1, hinted, now)) == Milliseconds(77'000));
  CHECK(retry_after(judge(message, 1, unhinted, now)) == Milliseconds(2'000));
  CHECK(retry_after(judge(message_with(3), 1, hinted, now)) == Milliseconds(77'000));
  CHECK(retry_after(judge(message_with(3, "0 - 1"), 1, unhinted, now)) == default_backoff(1));
  CHECK(retry_after(judge(message, 0, answer(503, {{"Retry-After", "0"}}), now)) ==
        Milliseconds(0));
}

TEST_CASE("a dead letter says why") {
  const auto reason = [](const Message& message, const AttemptResult& result) {
    return std::get<DeadLetter>(judge(message, message.retries_max, result, now)).reason;
  };
  CHECK(reason(message_with(3), answer(500)) == "The last of 4 attempts was answered with 500.");
  CHECK(reason(message_with(0), answer(404)) == "The only attempt was answered with 404.");
  CHECK(reason(message_with(1), no_answer("connection refused")) ==
        "The last of 2 attempts got no response: connection refused.");
}

}  // namespace
}  // namespace godwit
