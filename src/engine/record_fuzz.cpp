// Two inputs in one: the bytes as stored records (which must never harm, and must survive being
// written again), and the bytes as the recipe for records (which must come back exactly).
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "engine/record.h"

namespace godwit {
namespace {

constexpr MessageId some_id{0x0001'0123'4567'89abULL, 42};

void read_as_records(std::string_view bytes) {
  if (const auto record = decode_message(bytes, some_id)) {
    const std::string again = encode(*record);
    GODWIT_ASSERT(decode_message(again, some_id).value() == *record);
    RecordSketch sketch;
    GODWIT_ASSERT(sketch_message(again, record->message.account, sketch).value());
    GODWIT_ASSERT(sketch.rows.size() == record->rows.size());
    sketch.traits.id = record->message.id;
    GODWIT_ASSERT(sketch.traits == traits_of(record->message));
  } else {
    GODWIT_ASSERT(record.error().code == ErrorCode::corrupt);
  }
  RecordSketch sketch;
  (void)sketch_message(bytes, 7, sketch);
  (void)sketch_log(bytes, sketch);
  (void)sketch_dead_letter(bytes, sketch);
  if (const auto record = decode_log(bytes, some_id)) {
    GODWIT_ASSERT(decode_log(encode(*record), some_id).value() == *record);
  }
  if (const auto record = decode_dead_letter(bytes)) {
    GODWIT_ASSERT(decode_dead_letter(encode(*record)).value() == *record);
  }
}

std::string some_text(FuzzedDataProvider& input) { return input.ConsumeRandomLengthString(200); }

Timestamp some_time(FuzzedDataProvider& input) {
  return from_unix_ms(
      input.ConsumeIntegralInRange<std::int64_t>(-(std::int64_t{1} << 60), std::int64_t{1} << 60));
}

Headers some_headers(FuzzedDataProvider& input) {
  Headers headers(input.ConsumeIntegralInRange<std::size_t>(0, 3));
  for (Header& header : headers) header = {some_text(input), some_text(input)};
  return headers;
}

std::vector<std::string> some_texts(FuzzedDataProvider& input) {
  std::vector<std::string> texts(input.ConsumeIntegralInRange<std::size_t>(0, 3));
  for (std::string& text : texts) text = some_text(input);
  return texts;
}

FlowControl some_flow_control(FuzzedDataProvider& input) {
  FlowControl flow_control;
  flow_control.key = some_text(input);
  if (flow_control.key.empty()) return flow_control;  // Limits of nothing are not stored.
  flow_control.parallelism = input.ConsumeIntegral<int>();
  flow_control.rate = input.ConsumeIntegral<int>();
  flow_control.period = some_time(input).time_since_epoch();
  return flow_control;
}

Boxed<Callback> some_callback(FuzzedDataProvider& input, int depth = 1) {
  if (depth > 2 || !input.ConsumeBool()) return {};
  Callback callback;
  callback.url = some_text(input);
  callback.method = static_cast<Method>(input.ConsumeIntegralInRange(0, 4));
  callback.headers = some_headers(input);
  if (input.ConsumeBool()) callback.retries_max = input.ConsumeIntegral<int>();
  callback.retry_delay = some_text(input);
  if (input.ConsumeBool()) callback.timeout = some_time(input).time_since_epoch();
  if (input.ConsumeBool()) callback.delay = some_time(input).time_since_epoch();
  callback.flow_control = some_flow_control(input);
  callback.labels = some_texts(input);
  callback.redaction = {input.ConsumeBool(), input.ConsumeBool(), some_texts(input)};
  callback.callback = some_callback(input, depth + 1);
  callback.failure_callback = some_callback(input, depth + 1);
  return callback;
}

Message some_message(FuzzedDataProvider& input) {
  Message message;
  message.id = some_id;
  message.account = input.ConsumeIntegral<AccountId>();
  message.url = some_text(input);
  message.method = static_cast<Method>(input.ConsumeIntegralInRange(0, 4));
  message.headers = some_headers(input);
  message.body = some_text(input);
  message.retries_max = input.ConsumeIntegral<int>();
  message.retry_delay = some_text(input);
  if (input.ConsumeBool()) message.timeout = some_time(input).time_since_epoch();
  message.created = some_time(input);
  message.not_before = input.ConsumeBool() ? message.created : some_time(input);
  message.caller_ip = some_text(input);
  message.labels = some_texts(input);
  message.redaction = {input.ConsumeBool(), input.ConsumeBool(), some_texts(input)};
  message.queue = some_text(input);
  message.flow_control = some_flow_control(input);
  message.group = some_text(input);
  message.endpoint = some_text(input);
  message.schedule_id = some_text(input);
  message.callback = some_callback(input);
  message.failure_callback = some_callback(input);
  message.callback_of = {input.ConsumeIntegral<std::uint64_t>(),
                         input.ConsumeIntegral<std::uint64_t>()};
  message.blocks_queue = some_text(input);
  message.tells_failure = input.ConsumeBool();
  if (input.ConsumeBool()) message.deduplication_id = some_text(input);
  if (input.ConsumeBool()) {
    message.replay_of = Replay{some_text(input), {input.ConsumeIntegral<std::uint64_t>(), 1}, {}};
    message.replay_of->changes.resize(input.ConsumeIntegralInRange<std::size_t>(0, 3));
    for (MessageChange& change : message.replay_of->changes) {
      change.what = static_cast<MessageChange::What>(input.ConsumeIntegralInRange(0, 3));
      change.name = some_text(input);
      if (input.ConsumeBool()) change.before = some_text(input);
      if (input.ConsumeBool()) change.after = some_text(input);
    }
  }
  return message;
}

std::optional<AttemptTiming> some_timing(FuzzedDataProvider& input) {
  if (!input.ConsumeBool()) return {};
  AttemptTiming timing;
  for (Microseconds* step : {&timing.resolve, &timing.connect, &timing.tls, &timing.first_byte,
                             &timing.body, &timing.total}) {
    if (step != &timing.total && input.ConsumeBool()) continue;
    *step = Microseconds(input.ConsumeIntegralInRange<std::int64_t>(0, std::int64_t{1} << 60));
  }
  timing.reused_connection = input.ConsumeBool();
  timing.address.size = input.PickValueInArray<std::uint8_t>({0, 4, 16});
  for (std::size_t i = 0; i < timing.address.size; ++i) {
    timing.address.bytes[i] = input.ConsumeIntegral<unsigned char>();
  }
  return timing;
}

std::vector<LogRow> some_rows(FuzzedDataProvider& input) {
  std::vector<LogRow> rows(input.ConsumeIntegralInRange<std::size_t>(0, 4));
  for (LogRow& row : rows) {
    row.time = some_time(input);
    row.state = static_cast<LogState>(input.ConsumeIntegralInRange(0, 7));
    if (input.ConsumeBool()) row.next_delivery = some_time(input);
    row.error = some_text(input);
    row.status = input.ConsumeIntegral<int>();
    row.response_headers = some_headers(input);
    row.response_body = some_text(input);
    row.timing = some_timing(input);
    if (input.ConsumeBool()) row.callback = {input.ConsumeIntegral<std::uint64_t>(), 1};
  }
  return rows;
}

void write_and_read(FuzzedDataProvider& input) {
  switch (input.ConsumeIntegralInRange(0, 2)) {
    case 0: {
      MessageRecord record;
      record.message = some_message(input);
      record.retried = input.ConsumeIntegral<int>();
      record.due = input.ConsumeBool() ? record.message.not_before : some_time(input);
      record.cancel_requested = input.ConsumeBool();
      record.body_outside = input.ConsumeBool();
      record.listed = input.ConsumeBool();
      if (record.body_outside) record.message.body.clear();
      record.flushed.resize(input.ConsumeIntegralInRange<std::size_t>(0, 3));
      for (Timestamp& time : record.flushed) time = some_time(input);
      record.rows = some_rows(input);
      GODWIT_ASSERT(decode_message(encode(record), some_id).value() == record);
      return;
    }
    case 1: {
      LogRecord record{some_message(input), input.ConsumeIntegral<int>(), input.ConsumeBool(),
                       some_rows(input)};
      record.degraded = input.ConsumeBool();
      if (input.ConsumeBool()) {
        record.body_size = record.message.body.size() + 1 + input.ConsumeIntegral<std::uint32_t>();
      }
      GODWIT_ASSERT(decode_log(encode(record), some_id).value() == record);
      return;
    }
    default: {
      const DeadLetterRecord record{
          some_message(input), input.ConsumeIntegral<int>(), some_text(input),
          AttemptResult{input.ConsumeIntegral<int>(), some_text(input), some_headers(input),
                        some_text(input), some_timing(input)}};
      GODWIT_ASSERT(decode_dead_letter(encode(record)).value() == record);
    }
  }
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  godwit::read_as_records(std::string_view(reinterpret_cast<const char*>(data), size));
  FuzzedDataProvider input(data, size);
  godwit::write_and_read(input);
  return 0;
}
