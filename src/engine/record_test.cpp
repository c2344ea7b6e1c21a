#include "engine/record.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace godwit {
namespace {

constexpr Timestamp noon = from_unix_ms(1'700'000'000'000);
const MessageId some_id = MessageId::make(3, noon, 17, 0xdeadbeef);

LogRow row_at(Timestamp time, LogState state = LogState::created) {
  LogRow row;
  row.time = time;
  row.state = state;
  return row;
}

Message small_message() {
  Message message;
  message.id = some_id;
  message.account = 7;
  message.url = "https://a.b/c";
  message.body = "hi";
  message.created = noon;
  message.not_before = noon;
  return message;
}

Callback callback_to(const char* url) {
  Callback callback;
  callback.url = url;
  return callback;
}

/// Without callbacks of its own.
Callback full_callback() {
  return {.url = "https://c.d/e?f",
          .method = Method::get,
          .headers = {{"X-One", "1"}, {"X-One", ""}},
          .retries_max = 0,
          .retry_delay = "1000",
          .timeout = Milliseconds(0),
          .delay = Milliseconds(86'400'000),
          .flow_control = {"key", 0, 2, Milliseconds(60'000)},
          .labels = {"", "label"},
          .redaction = {true, false, {"X-One"}},
          .callback = {},
          .failure_callback = {}};
}

/// Every field away from its default, with bytes that a text format would stumble over.
Message full_message() {
  using namespace std::string_literals;
  Message message = small_message();
  message.account = 0xffff'ffff;
  message.method = Method::delete_;
  message.headers = {
      {"Content-Type", "text/plain"}, {"X-Empty", ""}, {"", "\0\xff\r\n"s}, {"", ""}};
  message.body = "\0\x01\xff body"s;
  message.retries_max = 1000;
  message.retry_delay = "pow(2, retried) * 1000";
  message.timeout = Milliseconds(0);
  message.not_before = noon + Milliseconds(86'400'000);
  message.caller_ip = "2001:db8::1";
  message.labels = {"one", "", "three"};
  message.redaction = {true, true, {"Authorization", ""}};
  message.queue = "orders";
  message.flow_control = {"per-customer\0"s, 5, 1'000'000'000, Milliseconds(604'800'000)};
  message.group = "group";
  message.endpoint = "endpoint";
  message.schedule_id = "scd_1";
  message.callback = full_callback();
  message.callback->callback = full_callback();
  message.callback->failure_callback = callback_to("https://c.d");
  message.failure_callback = Callback{};
  message.callback_of = MessageId::make(9, noon, 1, 2);
  message.blocks_queue = "orders";
  message.tells_failure = true;
  message.deduplication_id = "";
  using What = MessageChange::What;
  message.replay_of = Replay{"1700000000000-3",
                             MessageId::make(3, noon, 16, 5),
                             {{What::url, "", "https://a.b", "https://a.c"},
                              {What::header, "X-One", std::nullopt, ""},
                              {What::body, "", "\0"s, std::nullopt}}};
  return message;
}

AttemptTiming full_timing() {
  return {.resolve = Microseconds(0),
          .connect = Microseconds(127),
          .tls = Microseconds(128),
          .first_byte = Microseconds(7'200'000'000),
          .body = Microseconds(1),
          .total = Microseconds(7'200'001'000),
          .reused_connection = true,
          .address = {{0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 16}};
}

LogRow full_row() {
  LogRow row;
  row.time = noon + Milliseconds(30);
  row.state = LogState::error;
  row.next_delivery = noon + Milliseconds(12'182);
  row.error = "the destination answered 500";
  row.status = 500;
  row.response_headers = {{"Retry-After", "3"}, {"Set-Cookie", "a=b"}};
  row.response_body = std::string(300, 'x');
  row.timing = full_timing();
  row.callback = MessageId::make(3, noon, 18, 6);
  return row;
}

MessageRecord full_message_record() {
  MessageRecord record;
  record.message = full_message();
  record.retried = 999;
  record.due = noon + Milliseconds(86'400'001);
  record.cancel_requested = true;
  record.listed = true;
  record.flushed = {noon, noon + Milliseconds(1001), noon + Milliseconds(2500)};
  record.rows = {row_at(noon), full_row(), row_at(noon, LogState::canceled)};
  return record;
}

LogRecord full_log_record() {
  return {full_message(), 4, true, {row_at(noon), full_row(), full_row()}};
}

DeadLetterRecord full_dead_letter() {
  return {full_message(),
          3,
          "retries exhausted",
          {.status = 404,
           .error = "none",
           .response_headers = {{"Content-Type", "text/html"}},
           .response_body = std::string(70'000, 'y'),
           .timing = full_timing()}};
}

TEST_CASE("every field of every record comes back") {
  const MessageRecord message = full_message_record();
  CHECK(decode_message(encode(message), some_id).value() == message);
  const LogRecord log = full_log_record();
  CHECK(decode_log(encode(log), some_id).value() == log);
  const DeadLetterRecord letter = full_dead_letter();
  CHECK(decode_dead_letter(encode(letter)).value() == letter);
}

TEST_CASE("a record of nothing but defaults comes back") {
  CHECK(decode_message(encode(MessageRecord{}), MessageId{}).value() == MessageRecord{});
  CHECK(decode_log(encode(LogRecord{}), MessageId{}).value() == LogRecord{});
  CHECK(decode_dead_letter(encode(DeadLetterRecord{})).value() == DeadLetterRecord{});
}

TEST_CASE("the bytes of a small record do not change") {
  // Goal: a change of the format cannot pass by accident: what is on people's disks has these
  // bytes.
  MessageRecord record;
  record.message = small_message();
  record.due = noon;
  record.rows = {row_at(noon)};
  using namespace std::string_literals;
  const std::string time = "\x80\xd0\x95\xff\xbc\x31"s;
  CHECK(encode(record) == "\x01\x01"s + "\x01\x01\x07"s + "\x02\x0dhttps://a.b/c"s + "\x05\x02hi"s +
                              "\x09\x06"s + time + "\x14\x08\x01\x06"s + time);
}

TEST_CASE("the bytes of queues, keys, groups, schedules and callbacks do not change") {
  MessageRecord record;
  record.message = small_message();
  record.message.queue = "q";
  record.message.flow_control = {"k", 2, 3, Milliseconds(4000)};
  record.message.group = "g";
  record.message.endpoint = "e";
  record.message.schedule_id = "s";
  record.message.callback = callback_to("u");
  record.message.callback->method = Method::put;
  record.message.callback->headers = {{"A", "b"}};
  record.message.callback->retries_max = 3;
  record.message.callback->retry_delay = "d";
  record.message.callback->timeout = Milliseconds(5);
  record.message.callback->delay = Milliseconds(6);
  record.message.callback->flow_control = {"f", 0, 0, Milliseconds(1000)};
  record.message.callback->labels = {"l"};
  record.message.callback->redaction = {true, true, {"A"}};
  record.message.callback->callback = callback_to("v");
  record.message.callback->failure_callback = callback_to("w");
  record.message.failure_callback = callback_to("x");
  record.message.callback_of = MessageId{0x0102030405060708, 0x090a0b0c0d0e0f10};
  record.message.blocks_queue = "b";
  record.due = noon;
  record.listed = true;
  using namespace std::string_literals;
  const std::string time = "\x80\xd0\x95\xff\xbc\x31"s;
  CHECK(encode(record) ==
        "\x01\x01"s + "\x01\x01\x07"s + "\x02\x0dhttps://a.b/c"s + "\x05\x02hi"s + "\x09\x06"s +
            time + "\x1a\x01q"s + "\x1b\x0d\x01\x01k\x02\x01\x02\x03\x01\x03\x04\x02\xa0\x1f"s +
            "\x1c\x01g\x1d\x01"
            "e\x1e\x01s"s +
            "\x1f\x2f\x01\x01u\x02\x01\x02\x03\x03\x01"
            "Ab\x04\x01\x03\x05\x01"
            "d\x06\x01\x05\x07\x01\x06"s +
            "\x08\x03\x01\x01"
            "f\x09\x01l\x0a\x01\x03\x0b\x01"
            "A\x0c\x03\x01\x01v\x0d\x03\x01\x01w"s +
            "\x20\x03\x01\x01x"s +
            "\x21\x10\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"s +
            "\x22\x01"
            "b\x12\x01\x08"s);
  CHECK(decode_message(encode(record), some_id).value() == record);
}

TEST_CASE("the bytes of timings and relations do not change") {
  using namespace std::string_literals;
  MessageRecord record;
  record.message = small_message();
  record.due = noon;
  record.message.tells_failure = true;
  record.message.replay_of =
      Replay{"7-0", MessageId{1, 2}, {{MessageChange::What::header, "A", "b", std::nullopt}}};
  LogRow& row = record.rows.emplace_back(row_at(noon));
  row.timing = AttemptTiming{};
  row.timing->first_byte = Microseconds(200);
  row.timing->body = Microseconds(3);
  row.timing->total = Microseconds(300);
  row.timing->reused_connection = true;
  row.timing->address = {{127, 0, 0, 1}, 4};
  row.callback = MessageId{3, 4};
  const std::string time = "\x80\xd0\x95\xff\xbc\x31"s;
  const std::string ids = "\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02"s;
  const std::string callback = "\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x04"s;
  CHECK(encode(record) == "\x01\x01"s + "\x01\x01\x07"s + "\x02\x0dhttps://a.b/c"s + "\x05\x02hi"s +
                              "\x09\x06"s + time + "\x23\x01\x01"s +
                              "\x24\x22\x01\x03"
                              "7-0\x02\x10"s +
                              ids +
                              "\x03\x09\x01\x01\x02\x02\x01"
                              "A\x03\x01"
                              "b"s +
                              "\x14\x26\x01\x06"s + time +
                              "\x08\x0a\x38\xac\x02\xc8\x01\x03\x7f\0\0\x01"s + "\x09\x10"s +
                              callback);
  CHECK(decode_message(encode(record), some_id).value() == record);
}

TEST_CASE("each step of a timing is there or not, whatever the others are") {
  LogRecord record;
  for (unsigned bits = 0; bits < 64; ++bits) {
    AttemptTiming timing;
    timing.total = Microseconds(bits);
    timing.reused_connection = (bits & 1) != 0;
    if ((bits & 2) != 0) timing.resolve = Microseconds(1);
    if ((bits & 4) != 0) timing.connect = Microseconds(2);
    if ((bits & 8) != 0) timing.tls = Microseconds(3);
    if ((bits & 16) != 0) timing.first_byte = Microseconds(4);
    if ((bits & 32) != 0) timing.body = Microseconds(5);
    LogRow& row = record.rows.emplace_back(row_at(noon, LogState::delivered));
    row.timing = timing;
  }
  CHECK(decode_log(encode(record), MessageId{}).value() == record);
}

TEST_CASE("a plain message pays nothing for what it does not use") {
  // Goal: the fields of queues, keys, groups, schedules and callbacks take no byte when empty,
  // limits without a key included.
  MessageRecord record;
  record.message = small_message();
  const std::string plain = encode(record);
  record.message.flow_control.parallelism = 7;
  CHECK(encode(record) == plain);
}

TEST_CASE("times before 1970 and negative numbers come back") {
  MessageRecord record;
  record.message.created = from_unix_ms(-1);
  record.message.not_before = from_unix_ms(-5'000'000'000'000);
  record.message.retries_max = -1;
  record.message.timeout = Milliseconds(-3);
  record.retried = -2;
  record.due = from_unix_ms(0);
  record.flushed = {from_unix_ms(-1)};
  record.rows = {row_at(from_unix_ms(-9))};
  record.rows[0].next_delivery = from_unix_ms(-8);
  record.rows[0].status = -7;
  CHECK(decode_message(encode(record), MessageId{}).value() == record);
}

TEST_CASE("a view encodes as the record it refers to") {
  const MessageRecord message = full_message_record();
  CHECK(encode(MessageRecordView{message.message, message.retried, message.due,
                                 message.cancel_requested, message.body_outside, message.listed,
                                 message.flushed, message.rows}) == encode(message));
  const LogRecord log = full_log_record();
  CHECK(encode(LogRecordView{log.message, log.retried, log.ended, log.rows}) == encode(log));
  const DeadLetterRecord letter = full_dead_letter();
  CHECK(encode(DeadLetterRecordView{letter.message, letter.retried, letter.reason, letter.last}) ==
        encode(letter));
}

TEST_CASE("a body that stands outside is not in the record") {
  MessageRecord record = full_message_record();
  record.message.body = std::string(inline_body_max + 1, 'b');
  record.body_outside = true;
  const std::string bytes = encode(record);
  CHECK(bytes.size() < inline_body_max);
  record.message.body.clear();
  CHECK(decode_message(bytes, some_id).value() == record);
  RecordSketch sketch;
  REQUIRE(sketch_message(bytes, record.message.account, sketch).value());
  CHECK(sketch.body_outside);
}

TEST_CASE("a log record carries the beginning of a long body") {
  LogRecord record = full_log_record();
  record.message.body = std::string(log_body_max, 'a') + "b";
  const LogRecord decoded = decode_log(encode(record), some_id).value();
  CHECK(decoded.message.body == std::string(log_body_max, 'a'));
  CHECK(decoded.body_size == log_body_max + 1);
  CHECK_FALSE(decoded.degraded);
}

TEST_CASE(
    "a log record goes without bodies, then without headers, and says how long its body was") {
  LogRecord record;
  record.message.body = "hello";
  record.ended = true;
  record.rows = {row_at(noon), full_row()};
  LogRecordView view{.message = record.message,
                     .retried = record.retried,
                     .ended = record.ended,
                     .rows = record.rows};
  CHECK(encode(view) == encode(record));
  CHECK(omitted_from(view).bodies == 0);

  view.omission = LogOmission::bodies;
  LogRecord expected = record;
  expected.message.body.clear();
  expected.body_size = 5;
  expected.degraded = true;
  expected.rows[1].response_body.clear();
  CHECK(decode_log(encode(view), MessageId{}).value() == expected);
  CHECK(omitted_from(view).bodies == 2);
  CHECK(omitted_from(view).headers == 0);

  view.omission = LogOmission::bodies_and_headers;
  expected.rows[1].response_headers.clear();
  CHECK(decode_log(encode(view), MessageId{}).value() == expected);
  CHECK(omitted_from(view).headers == record.rows[1].response_headers.size());

  // Nothing to go without: nothing to say.
  LogRecord small;
  small.rows = {row_at(noon)};
  LogRecordView same{.message = small.message, .rows = small.rows};
  same.omission = LogOmission::bodies_and_headers;
  CHECK(encode(same) == encode(small));
}

TEST_CASE("fields that a newer program added are skipped") {
  const MessageRecord record = full_message_record();
  std::string bytes = encode(record);
  bytes += "\x60\x03new";                     // Tag 96.
  bytes += "\xff\xff\x03\x01!";               // A tag of three bytes.
  bytes.insert(2, std::string("\x7f\0", 2));  // An empty one, in front.
  CHECK(decode_message(bytes, some_id).value() == record);
  // Inside of groups, too.
  using namespace std::string_literals;
  const std::string callback = "\x01\x01\x1f\x08\x01\x01u\x08\x03\x60\x01?"s;
  const std::string newer = "\x01\x01\x1f\x0b\x01\x01u\x08\x03\x60\x01?\x61\x01?"s;
  const MessageRecord known = decode_message(newer, some_id).value();
  REQUIRE(known.message.callback);
  CHECK(*known.message.callback == callback_to("u"));
  CHECK(decode_message(callback, some_id).value() == known);
}

TEST_CASE("of a field that is there twice, the last one counts") {
  using namespace std::string_literals;
  const std::string bytes = "\x01\x01\x1b\x06\x01\x01k\x02\x01\x09\x1b\x03\x01\x01m"s +
                            "\x1f\x06\x01\x01u\x04\x01\x09\x1f\x03\x01\x01v"s;
  const Message message = decode_message(bytes, some_id).value().message;
  CHECK(message.flow_control == FlowControl{.key = "m"});
  REQUIRE(message.callback);
  CHECK(*message.callback == callback_to("v"));
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

TEST_CASE("a record cut anywhere is corrupt or a shorter one") {
  DeadLetterRecord letter = full_dead_letter();
  letter.last.response_body.resize(200);
  check_truncations(encode(full_message_record()),
                    [](std::string_view bytes) { return decode_message(bytes, some_id); });
  check_truncations(encode(full_log_record()),
                    [](std::string_view bytes) { return decode_log(bytes, some_id); });
  check_truncations(encode(letter),
                    [](std::string_view bytes) { return decode_dead_letter(bytes); });
}

TEST_CASE("a record with flipped bits never harms") {
  std::mt19937_64 random(5);
  const std::string whole = encode(full_message_record());
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    for (std::uint64_t flips = 1 + random() % 3; flips > 0; --flips) {
      char& byte = bytes[random() % bytes.size()];
      byte = static_cast<char>(byte ^ (1 << (random() % 8)));
    }
    const auto decoded = decode_message(bytes, some_id);
    if (!decoded) CHECK(decoded.error().code == ErrorCode::corrupt);
    if (decoded) CHECK(decode_message(encode(*decoded), some_id).value() == *decoded);
  }
}

TEST_CASE("damage is told in a sentence that names the place") {
  using namespace std::string_literals;
  const auto message_of = [](const std::string& bytes) {
    return decode_message(bytes, some_id).error().message;
  };
  const std::string start = "a stored message record cannot be read: ";
  CHECK(message_of("") == start + "it is shorter than its head");
  CHECK(message_of("\x02\x01") == start + "its kind is 2 instead of 1");
  CHECK(message_of("\x01\x02") == start + "its version is 2 and this program knows only 1");
  CHECK(message_of("\x01\x01\x02\x05http") ==
        start + "a field ends beyond the record (field 2 at byte 2 of 8)");
  CHECK(message_of("\x01\x01\x80") ==
        start + "a field begins with no readable tag (field 0 at byte 2 of 3)");
  CHECK(message_of("\x01\x01\x02"s + std::string(10, '\xff')) ==
        start + "a field has no readable size (field 2 at byte 2 of 13)");
  CHECK(message_of("\x01\x01\x03\x01\x05") ==
        start + "the method is unknown (field 3 at byte 2 of 5)");
  CHECK(message_of("\x01\x01\x14\x03\x02\x01\x08") ==
        start + "a row has an unknown state (field 20 at byte 2 of 7)");
  CHECK(message_of("\x01\x01\x01\x05\x80\x80\x80\x80\x10") ==
        start + "the account is out of range (field 1 at byte 2 of 9)");
  CHECK(message_of("\x01\x01\x10\x05\x80\x80\x80\x80\x08") ==
        start + "a number is out of range (field 16 at byte 2 of 9)");
  CHECK(message_of("\x01\x01\x09\x09\xff\xff\xff\xff\xff\xff\xff\xff\x7f") ==
        start + "a time is out of range (field 9 at byte 2 of 13)");
  CHECK(message_of("\x01\x01\x09\x02\x01\x01") ==
        start + "a number is not one varint (field 9 at byte 2 of 6)");
  CHECK(message_of("\x01\x01\x04\x02\x02x") ==
        start + "a header's name ends beyond it (field 4 at byte 2 of 6)");
  CHECK(message_of("\x01\x01\x1f\x06\x0c\x04\x0c\x02\x0c\0"s) ==
        start + "callbacks are nested too deep (field 31 at byte 2 of 10)");
  CHECK(message_of("\x01\x01\x1f\x03\x02\x01\x05") ==
        start + "the method is unknown (field 31 at byte 2 of 7)");
  CHECK(message_of("\x01\x01\x21\x02xx") ==
        start + "an id has not 16 bytes (field 33 at byte 2 of 6)");
  CHECK(message_of("\x01\x01\x14\x04\x08\x02\x40\x01") ==
        start + "a timing has unknown parts (field 20 at byte 2 of 8)");
  CHECK(message_of("\x01\x01\x14\x05\x08\x03\x01\x01\x80") ==
        start + "a number is not one varint (field 20 at byte 2 of 9)");
  CHECK(message_of("\x01\x01\x14\x07\x08\x05\x20\x01"
                   "123") == start + "an address has not 4 or 16 bytes (field 20 at byte 2 of 11)");
  CHECK(message_of("\x01\x01\x24\x05\x03\x03\x01\x01\x04") ==
        start + "a change is of something unknown (field 36 at byte 2 of 9)");
  CHECK(message_of("\x01\x01\x05\x01!\x12\x01\x02") ==
        start + "its body is both inside and outside");
  CHECK(decode_dead_letter("\x03\x01").error().message ==
        "a stored dead letter record cannot be read: it names no message");
}

TEST_CASE("a list without end is refused") {
  std::string bytes = "\x01\x01";
  for (int i = 0; i < 65'536; ++i) bytes += std::string_view("\x0c\0", 2);
  CHECK(decode_message(bytes, some_id).value().message.labels.size() == 65'536);
  bytes += std::string_view("\x0c\0", 2);
  CHECK(decode_message(bytes, some_id).error().code == ErrorCode::corrupt);
}

TEST_CASE("a sketch of a message has what filters and listings look at, for its account only") {
  const MessageRecord record = full_message_record();
  const Message& whole = record.message;
  const std::string bytes = encode(record);
  RecordSketch sketch;
  REQUIRE(sketch_message(bytes, whole.account, sketch).value());
  CHECK(sketch.account == 0xffff'ffff);
  MessageTraits expected = traits_of(whole);
  expected.id = {};
  CHECK(sketch.traits == expected);
  CHECK_FALSE(expected.labels.empty());
  CHECK_FALSE(expected.flow_control_key.empty());
  CHECK(sketch.created == whole.created);
  CHECK(sketch.last_flushed == noon + Milliseconds(2500));
  CHECK(sketch.body_outside == record.body_outside);
  REQUIRE(sketch.rows.size() == record.rows.size());
  for (std::size_t i = 0; i < record.rows.size(); ++i) {
    CHECK(sketch.rows[i].time == record.rows[i].time);
    CHECK(sketch.rows[i].state == record.rows[i].state);
  }

  CHECK_FALSE(sketch_message(bytes, whole.account - 1, sketch).value());
  CHECK_FALSE(sketch_message(bytes, 0, sketch).value());
  CHECK_FALSE(sketch_message(encode(MessageRecord{}), 1, sketch).value());
  // Nothing is left of what the sketch was of before.
  REQUIRE(sketch_message(bytes, whole.account, sketch).value());
  const std::string plain = encode(MessageRecord{});
  CHECK(sketch_message(plain, 0, sketch).value());
  CHECK(sketch.traits == MessageTraits{});
  CHECK(sketch.rows.empty());
  CHECK_FALSE(sketch.last_flushed);
  // Wherever a foreign program puts the account.
  CHECK_FALSE(sketch_message("\x01\x01\x02\x01u\x01\x01\x07", 6, sketch).value());
  CHECK(sketch_message("\x01\x01\x02\x01u\x01\x01\x07", 7, sketch).value());
  for (const std::string_view damaged : {"", "\x01", "\x02\x01", "\x01\x01\x02\x05u"}) {
    CHECK(sketch_message(damaged, 7, sketch).error().code == ErrorCode::corrupt);
  }
}

TEST_CASE("sketches of log records and dead letters tell what listings choose by") {
  const MessageRecord full = full_message_record();
  LogRecord log{full.message, 3, true, full.rows};
  const std::string logged = encode(log);
  RecordSketch sketch;
  REQUIRE(sketch_log(logged, sketch));
  CHECK(sketch.ended);
  CHECK(sketch.rows.size() == log.rows.size());
  CHECK(sketch.created == log.message.created);
  CHECK(sketch.traits.url == log.message.url);
  log.ended = false;
  const std::string goes_on = encode(log);
  REQUIRE(sketch_log(goes_on, sketch));
  CHECK_FALSE(sketch.ended);

  DeadLetterRecord letter;
  letter.message = full.message;
  letter.last.status = 503;
  const std::string dead = encode(letter);
  REQUIRE(sketch_dead_letter(dead, sketch));
  CHECK(sketch.last_status == 503);
  CHECK(sketch.traits == traits_of(letter.message));
  CHECK(sketch.rows.empty());
  CHECK(sketch_dead_letter(logged, sketch).error().code == ErrorCode::corrupt);
  CHECK(sketch_log(dead, sketch).error().code == ErrorCode::corrupt);
}

TEST_CASE("states are spelled as on the wire, and CANCELLED is understood") {
  CHECK(to_string(LogState::cancel_requested) == "CANCEL_REQUESTED");
  for (int i = 0; i <= 7; ++i) {
    const auto state = static_cast<LogState>(i);
    CHECK(parse_log_state(to_string(state)) == state);
  }
  CHECK(parse_log_state("CANCELED") == LogState::canceled);
  CHECK(parse_log_state("CANCELLED") == LogState::canceled);
  CHECK_FALSE(parse_log_state("IN_PROGRESS"));
  CHECK_FALSE(parse_log_state("created"));
  CHECK_FALSE(parse_log_state(""));
}

}  // namespace
}  // namespace godwit
