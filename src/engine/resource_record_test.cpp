#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/resources.h"

namespace godwit {
namespace {

using namespace std::string_literals;

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);
const std::string noon_bytes = "\x80\xd0\x95\xff\xbc\x31"s;

QueueRecord full_queue() {
  return {.parallelism = 1'000'000,
          .paused = true,
          .created = noon,
          .updated = noon + Milliseconds(1),
          .purge_until = from_unix_ms(0),
          .deleted = true};
}

FlowControlRecord full_flow_control() {
  return {.parallelism = 1'000'000'000,
          .rate = 7,
          .period = Milliseconds(604'800'000),
          .pinned_parallelism = 0,
          .pinned_rate = 0,
          .pinned_period = Milliseconds(60'000),
          .paused = true,
          .window_start = noon,
          .window_count = 6,
          .used = noon + Milliseconds(2)};
}

UrlGroup full_group() {
  return {.name = "group",
          .created = noon,
          .updated = noon + Milliseconds(1),
          .endpoints = {{"https://a.b", "first"}, {"https://c.d/\0\xff"s, ""}, {"", ""}},
          .headers = {{"Upstash-Retries", "3"}, {"Upstash-Label", ""}, {"Upstash-Label", "x"}}};
}

Schedule full_schedule() {
  Schedule schedule;
  schedule.id = "scd_1";
  schedule.cron = "CRON_TZ=Europe/Berlin 0 0 * * 1";
  schedule.cron_with_seconds = true;
  schedule.created = noon;
  schedule.updated = noon + Milliseconds(1);
  schedule.paused = true;
  schedule.delay = Milliseconds(86'400'000);
  schedule.message.account = 7;
  schedule.message.url = "https://a.b/c";
  schedule.message.method = Method::get;
  schedule.message.headers = {{"Content-Type", "text/plain"}};
  schedule.message.body = std::string(100'000, 'b');
  schedule.message.retries_max = 0;
  schedule.message.created = noon;
  schedule.message.not_before = noon + Milliseconds(3);
  schedule.message.queue = "queue";
  schedule.message.flow_control = {"key", 1, 2, Milliseconds(3000)};
  schedule.message.group = "group";
  schedule.message.callback = Callback{};
  schedule.message.callback->url = "https://e.f";
  schedule.message.callback->failure_callback = Callback{};
  return schedule;
}

ScheduleState full_state() {
  return {.last_run = noon,
          .last_messages = {MessageId::make(1, noon, 2, 3), MessageId{}, MessageId{~0ull, ~0ull}},
          .error = "the URL group group has no endpoints"};
}

BulkAction full_action() {
  return {.id = "ba_1",
          .created = noon,
          .completed = noon + Milliseconds(9),
          .total = ~0ull,
          .processed = 3,
          .canceled = 2,
          .filter = {{"label", "a"}, {"label", ""}, {"fromDate", "17"}}};
}

TEST_CASE("every field of every resource comes back") {
  CHECK(decode_queue(encode(full_queue())).value() == full_queue());
  CHECK(decode_flow_control(encode(full_flow_control())).value() == full_flow_control());
  CHECK(decode_url_group(encode(full_group()), "group").value() == full_group());
  CHECK(decode_schedule(encode(full_schedule()), "scd_1").value() == full_schedule());
  CHECK(decode_schedule_state(encode(full_state())).value() == full_state());
  CHECK(decode_bulk_action(encode(full_action()), "ba_1").value() == full_action());
}

TEST_CASE("a resource of nothing but defaults comes back from its head alone") {
  CHECK(encode(QueueRecord{}) == "\x04\x01");
  CHECK(decode_queue("\x04\x01").value() == QueueRecord{});
  CHECK(encode(FlowControlRecord{}) == "\x05\x01");
  CHECK(decode_flow_control("\x05\x01").value() == FlowControlRecord{});
  CHECK(encode(UrlGroup{}) == "\x06\x01");
  CHECK(decode_url_group("\x06\x01", "").value() == UrlGroup{});
  CHECK(decode_schedule(encode(Schedule{}), "").value() == Schedule{});
  CHECK(decode_schedule("\x07\x01", "").value() == Schedule{});
  CHECK(encode(ScheduleState{}) == "\x08\x01");
  CHECK(decode_schedule_state("\x08\x01").value() == ScheduleState{});
  CHECK(encode(BulkAction{}) == "\x09\x01");
  CHECK(decode_bulk_action("\x09\x01", "").value() == BulkAction{});
}

TEST_CASE("the bytes of resources do not change") {
  // Goal: a change of the format cannot pass by accident: what is on people's disks has these
  // bytes.
  CHECK(encode(QueueRecord{.parallelism = 2,
                           .paused = true,
                           .created = noon,
                           .updated = noon,
                           .purge_until = from_unix_ms(5),
                           .deleted = true}) == "\x04\x01\x01\x01\x02\x02\x01\x01"s + "\x03\x06"s +
                                                    noon_bytes + "\x04\x06"s + noon_bytes +
                                                    "\x05\x01\x05\x06\x01\x01"s);
  CHECK(encode(FlowControlRecord{.parallelism = 1,
                                 .rate = 2,
                                 .period = Milliseconds(3),
                                 .pinned_parallelism = 4,
                                 .pinned_rate = 5,
                                 .pinned_period = Milliseconds(6),
                                 .paused = true,
                                 .window_start = from_unix_ms(8),
                                 .window_count = 9,
                                 .used = from_unix_ms(10)}) ==
        "\x05\x01\x01\x01\x01\x02\x01\x02\x03\x01\x03\x04\x01\x04\x05\x01\x05\x06\x01\x06"
        "\x07\x01\x01\x08\x01\x08\x09\x01\x09\x0a\x01\x0a"s);
  CHECK(encode(UrlGroup{.name = "not stored",
                        .created = from_unix_ms(1),
                        .updated = from_unix_ms(2),
                        .endpoints = {{"u", "n"}},
                        .headers = {{"A", "b"}}}) ==
        "\x06\x01\x01\x01\x01\x02\x01\x02\x03\x06\x01\x01u\x02\x01n\x04\x03\x01"s + "Ab"s);
  Schedule schedule;
  schedule.id = "not stored";
  schedule.cron = "c";
  schedule.cron_with_seconds = true;
  schedule.created = from_unix_ms(3);
  schedule.updated = from_unix_ms(4);
  schedule.paused = true;
  schedule.delay = Milliseconds(6);
  schedule.message.url = "u";
  CHECK(encode(schedule) == "\x07\x01\x01\x01"s +
                                "c\x02\x01\x01\x03\x01\x03\x04\x01\x04\x05\x01\x01\x06\x01\x06"s +
                                "\x07\x06\x02\x01u\x09\x01\0"s);
  CHECK(encode(ScheduleState{.last_run = from_unix_ms(1),
                             .last_messages = {MessageId{0x0102030405060708, 0x090a0b0c0d0e0f10}},
                             .error = "e"}) ==
        "\x08\x01\x01\x01\x01\x02\x10\x01\x02\x03\x04\x05\x06\x07\x08"
        "\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x03\x01"s +
            "e"s);
  CHECK(encode(BulkAction{.id = "not stored",
                          .created = from_unix_ms(1),
                          .completed = from_unix_ms(2),
                          .total = 3,
                          .processed = 4,
                          .canceled = 5,
                          .filter = {{"A", "b"}}}) ==
        "\x09\x01\x01\x01\x01\x02\x01\x02\x03\x01\x03\x04\x01\x04\x05\x01\x05\x06\x03\x01"s +
            "Ab"s);
}

TEST_CASE("fields of a resource that a newer program added are skipped") {
  const std::string newer = "\x60\x03new"s;
  CHECK(decode_queue(encode(full_queue()) + newer).value() == full_queue());
  CHECK(decode_flow_control(encode(full_flow_control()) + newer).value() == full_flow_control());
  CHECK(decode_url_group(encode(full_group()) + newer, "group").value() == full_group());
  CHECK(decode_schedule(encode(full_schedule()) + newer, "scd_1").value() == full_schedule());
  CHECK(decode_schedule_state(encode(full_state()) + newer).value() == full_state());
  CHECK(decode_bulk_action(encode(full_action()) + newer, "ba_1").value() == full_action());
}

TEST_CASE("of a schedule's message that is there twice, the last one counts") {
  const Schedule schedule =
      decode_schedule("\x07\x01\x07\x06\x02\x01u\x0c\x01l\x07\x03\x02\x01v"s, "").value();
  CHECK(schedule.message.url == "v");
  CHECK(schedule.message.labels.empty());
}

template <typename Decode>
void check_truncations(const std::string& whole, Decode decode) {
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // An exact heap copy, so that a read past the end is seen by the sanitizer.
    const std::string cut(whole, 0, size);
    const std::vector<char> exact(cut.begin(), cut.end());
    const auto decoded = decode(std::string_view(exact.data(), exact.size()));
    if (!decoded) {
      CHECK(decoded.error().code == ErrorCode::corrupt);
      CHECK(decoded.error().message.starts_with("a stored "));
    } else {
      CHECK(encode(*decoded).size() <= whole.size());
    }
  }
}

TEST_CASE("a resource cut anywhere is corrupt or a smaller one") {
  Schedule schedule = full_schedule();
  schedule.message.body.resize(200);
  check_truncations(encode(full_queue()), decode_queue);
  check_truncations(encode(full_flow_control()), decode_flow_control);
  check_truncations(encode(full_group()),
                    [](std::string_view bytes) { return decode_url_group(bytes, "group"); });
  // The empty message counts 5 bytes in a schedule that was cut before it.
  check_truncations(encode(schedule),
                    [](std::string_view bytes) { return decode_schedule(bytes, "scd_1"); });
  check_truncations(encode(full_state()), decode_schedule_state);
  check_truncations(encode(full_action()),
                    [](std::string_view bytes) { return decode_bulk_action(bytes, "ba_1"); });
}

TEST_CASE("damage of a resource is told in a sentence that names it and the place") {
  CHECK(decode_queue("\x05\x01").error().message ==
        "a stored queue record cannot be read: its kind is 5 instead of 4");
  CHECK(decode_queue("\x04\x01\x02\x02\x01\x01").error().message ==
        "a stored queue record cannot be read: a number is not one varint (field 2 at byte 2 of "
        "6)");
  CHECK(decode_flow_control("").error().message ==
        "a stored flow control record cannot be read: it is shorter than its head");
  CHECK(decode_url_group("\x06\x01\x03\x02\x01\x05", "g").error().message ==
        "a stored URL group record cannot be read: a field ends beyond the record (field 3 at "
        "byte 2 of 6)");
  CHECK(decode_schedule("\x07\x01\x07\x03\x03\x01\x05", "s").error().message ==
        "a stored schedule record cannot be read: the method is unknown (field 7 at byte 2 of 7)");
  CHECK(decode_schedule_state("\x08\x01\x02\x02xx").error().message ==
        "a stored schedule state record cannot be read: a list of ids ends within one (field 2 at "
        "byte 2 of 6)");
  CHECK(decode_bulk_action("\x09\x02", "b").error().message ==
        "a stored bulk action record cannot be read: its version is 2 and this program knows only "
        "1");
}

TEST_CASE("a list of a resource without end is refused") {
  std::string bytes = "\x06\x01";
  for (int i = 0; i < 65'536; ++i) bytes += std::string_view("\x03\0", 2);
  CHECK(decode_url_group(bytes, "g").value().endpoints.size() == 65'536);
  bytes += std::string_view("\x03\0", 2);
  CHECK(decode_url_group(bytes, "g").error().code == ErrorCode::corrupt);

  const std::string ids(16 * std::size_t{65'536}, 'i');
  CHECK(decode_schedule_state("\x08\x01\x02\x80\x80\x40" + ids).value().last_messages.size() ==
        65'536);
  CHECK(
      decode_schedule_state("\x08\x01\x02\x90\x80\x40" + ids + std::string(16, 'i')).error().code ==
      ErrorCode::corrupt);
}

}  // namespace
}  // namespace godwit
