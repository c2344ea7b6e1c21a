#include "imagegen/domain/planning.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "core/retry.h"

namespace godwit::imagegen {
namespace {

using std::chrono::seconds;

std::vector<std::int64_t> delays(int count, int rate_limit) {
  std::vector<std::int64_t> all;
  all.reserve(static_cast<std::size_t>(count));
  for (int position = 0; position < count; ++position) {
    all.push_back(delay_of(position, rate_limit).count());
  }
  return all;
}

TEST_CASE("delays are those of the guide") {
  CHECK(delays(5, 60) == std::vector<std::int64_t>{0, 60, 120, 180, 240});
  CHECK(delays(8, 7) == std::vector<std::int64_t>{0, 515, 1029, 1543, 2058, 2572, 3086, 3600});
  CHECK(delays(3, 1) == std::vector<std::int64_t>{0, 3600, 7200});
  CHECK(delays(4, 3600) == std::vector<std::int64_t>{0, 1, 2, 3});
  CHECK(delays(4, 3599) == std::vector<std::int64_t>{0, 2, 3, 4});
}

TEST_CASE("no hour holds more starts than any rate allows, and none is wasted") {
  for (int rate = 1; rate <= 3'600; ++rate) {
    // The window that begins at a start is the fullest: any other could be moved to one. Delays
    // repeat each hour, so the windows that begin in the first hour are all there are.
    for (int first = 0; first < rate; ++first) {
      const seconds begin = delay_of(first, rate);
      // [begin, begin + 3600) must not hold the start that comes `rate` starts later.
      if (delay_of(first + rate, rate) < begin + seconds(3'600)) {
        FAIL("rate " << rate << ": more than that many starts in the hour from " << begin.count());
      }
      if (delay_of(first + 1, rate) < begin) FAIL("rate " << rate << ": out of order");
    }
    // Rounded as a whole: after any number of hours the plan is exactly on time.
    if (delay_of(std::int64_t{rate} * 24, rate) != seconds(86'400)) {
      FAIL("rate " << rate << ": rounding adds up");
    }
  }
}

TEST_CASE("a position that nobody reaches does not overflow") {
  CHECK(delay_of(1'000'000'000'000, 3'600) == seconds(1'000'000'000'000));
  CHECK(delay_of(2'000'000'000'000'000, 1) == seconds(7'200'000'000'000'000'000));
}

TEST_CASE("a new generation starts behind the last slot of those that share its limit") {
  const Timestamp now = from_unix_ms(1'790'000'000'000);
  CHECK(first_slot(now, std::nullopt, 60) == now);
  CHECK(first_slot(now, now - seconds(61), 60) == now);
  CHECK(first_slot(now, now - seconds(59), 60) == now + seconds(1));
  CHECK(first_slot(now, now + seconds(600), 60) == now + seconds(660));
  CHECK(first_slot(now, now, 7) == now + seconds(515));
}

TEST_CASE("the local worker waits between attempts as the broker does") {
  for (int retried = 0; retried < 6; ++retried) {
    CHECK(backoff_after(retried) == std::chrono::duration_cast<seconds>(default_backoff(retried)));
  }
  CHECK(backoff_after(std::numeric_limits<int>::max()) == seconds(86'400));
}

}  // namespace
}  // namespace godwit::imagegen
