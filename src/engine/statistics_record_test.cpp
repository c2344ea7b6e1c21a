#include <doctest/doctest.h>

#include <string>

#include "engine/statistics.h"

namespace godwit {
namespace {

StatisticsStep full_step() {
  StatisticsStep step;
  step.number = 29'000'000;
  step.counts = {.published = 1,
                 .deduplicated = 200,
                 .attempts = 30'000,
                 .failed_attempts = 4,
                 .delivered = 5,
                 .dead_lettered = 0,
                 .canceled = 7};
  step.backlog = 1'000'000;
  for (const std::int64_t each : {0, 1, 15, 16, 17, 1'000, 999'999, 1 << 30}) {
    step.durations.add(Microseconds(each));
  }
  step.lateness.add(Histogram::longest);
  return step;
}

StatisticsRecord full_record() {
  StatisticsRecord record;
  record.since = from_unix_ms(1'790'000'000'000);
  record.totals.canceled = 9;
  record.living = 8;
  record.retried = 7;
  record.retried_in_lists = 6;
  record.dead_letters = 5;
  record.minute = full_step();
  return record;
}

bool is_corrupt(const std::string& bytes) {
  const auto record = decode_statistics(bytes);
  return !record && record.error().code == ErrorCode::corrupt;
}

}  // namespace

TEST_CASE("statistics come back as they were written") {
  CHECK(decode_statistics_step(encode(full_step())).value() == full_step());
  CHECK(decode_statistics_step(encode(StatisticsStep{})).value() == StatisticsStep{});
  CHECK(decode_statistics(encode(full_record())).value() == full_record());
  CHECK(decode_statistics(encode(StatisticsRecord{})).value() == StatisticsRecord{});
  StatisticsStep before_1970;
  before_1970.number = -5;
  CHECK(decode_statistics_step(encode(before_1970)).value().number == -5);
}

TEST_CASE("a record that each batch writes is small") {
  CHECK(encode(full_record()).size() < 100);
  StatisticsRecord busy = full_record();
  for (int i = 0; i < 100'000; ++i) busy.minute.durations.add(Microseconds(5'000 + i % 10'000));
  CHECK(encode(busy).size() < 250);
}

TEST_CASE("statistics that were cut or changed are corrupt or something else, never harm") {
  const std::string whole = encode(full_record());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = decode_statistics(whole.substr(0, size));
    if (!cut) CHECK(cut.error().code == ErrorCode::corrupt);
  }
  CHECK(is_corrupt(""));
  CHECK(is_corrupt(encode(full_step())));  // Of another kind.
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(0xff);
    static_cast<void>(decode_statistics(changed));
  }
}

TEST_CASE("buckets and counts beyond all bounds are damage") {
  using namespace std::string_literals;
  const std::string head = encode(StatisticsStep{}).substr(0, 2);
  // Tag 4, two bytes: bucket 1 once; then one bucket beyond the last.
  REQUIRE(decode_statistics_step(head + "\x04\x02\x01\x01"s));
  CHECK_FALSE(decode_statistics_step(head + "\x04\x03\xf0\x04\x01"s));  // 624.
  REQUIRE(decode_statistics_step(head + "\x04\x03\xef\x04\x01"s));      // 623.
  CHECK_FALSE(decode_statistics_step(head + "\x04\x05\xef\x04\x01\x00\x01"s));
  CHECK_FALSE(decode_statistics_step(head + "\x04\x01\x01"s));
  CHECK_FALSE(decode_statistics_step(head + "\x03\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s));
}

TEST_CASE("what a later version adds is passed over") {
  using namespace std::string_literals;
  std::string later = encode(full_record());
  later += "\x7f\x03new"s;
  CHECK(decode_statistics(later).value() == full_record());
}

}  // namespace godwit
