// Two inputs in one: the bytes as stored resources (which must never harm, and must survive being
// written again), and the bytes as the recipe for resources (which must come back exactly).
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "engine/keys.h"
#include "engine/record.h"
#include "engine/resources.h"

namespace godwit {
namespace {

template <typename Decode>
void read_as(std::string_view bytes, const Decode& decode) {
  if (const auto decoded = decode(bytes)) {
    GODWIT_ASSERT(decode(encode(*decoded)).value() == *decoded);
  } else {
    GODWIT_ASSERT(decoded.error().code == ErrorCode::corrupt);
  }
}

void read_as_resources(std::string_view bytes) {
  read_as(bytes, decode_queue);
  read_as(bytes, decode_flow_control);
  read_as(bytes, [](std::string_view some) { return decode_url_group(some, "name"); });
  read_as(bytes, [](std::string_view some) { return decode_schedule(some, "name"); });
  read_as(bytes, decode_schedule_state);
  read_as(bytes, [](std::string_view some) { return decode_bulk_action(some, "name"); });
}

void read_as_keys(std::string_view bytes) {
  if (const auto listed = keys::parse_fifo(bytes)) {
    GODWIT_ASSERT(keys::fifo(listed->place.id.partition(), listed->list, listed->place) == bytes);
  }
  if (const auto name = keys::parse_resource(keys::Resource::queue, bytes)) {
    const std::string again = keys::resource(0, keys::Resource::queue, name->account, name->name);
    GODWIT_ASSERT(std::string_view(again).substr(2) == bytes.substr(2));
  }
}

std::string some_text(FuzzedDataProvider& input) { return input.ConsumeRandomLengthString(200); }

std::int64_t some_ms(FuzzedDataProvider& input) {
  return input.ConsumeIntegralInRange<std::int64_t>(-(std::int64_t{1} << 60),
                                                    std::int64_t{1} << 60);
}
Timestamp some_time(FuzzedDataProvider& input) { return from_unix_ms(some_ms(input)); }

Headers some_headers(FuzzedDataProvider& input) {
  Headers headers(input.ConsumeIntegralInRange<std::size_t>(0, 3));
  for (Header& header : headers) header = {some_text(input), some_text(input)};
  return headers;
}

template <typename Decode, typename Record>
void write_as(const Record& record, const Decode& decode) {
  GODWIT_ASSERT(decode(encode(record)).value() == record);
}

void write_and_read(FuzzedDataProvider& input) {
  switch (input.ConsumeIntegralInRange(0, 5)) {
    case 0: {
      QueueRecord queue{
          input.ConsumeIntegral<int>(), input.ConsumeBool(), some_time(input), some_time(input), {},
          input.ConsumeBool()};
      if (input.ConsumeBool()) queue.purge_until = some_time(input);
      return write_as(queue, decode_queue);
    }
    case 1: {
      FlowControlRecord key;
      key.parallelism = input.ConsumeIntegral<int>();
      key.rate = input.ConsumeIntegral<int>();
      key.period = Milliseconds(some_ms(input));
      if (input.ConsumeBool()) key.pinned_parallelism = input.ConsumeIntegral<int>();
      if (input.ConsumeBool()) key.pinned_rate = input.ConsumeIntegral<int>();
      key.pinned_period = Milliseconds(some_ms(input));
      key.paused = input.ConsumeBool();
      key.window_start = some_time(input);
      key.window_count = input.ConsumeIntegral<int>();
      key.used = some_time(input);
      return write_as(key, decode_flow_control);
    }
    case 2: {
      UrlGroup group{some_text(input), some_time(input), some_time(input), {}, some_headers(input)};
      group.endpoints.resize(input.ConsumeIntegralInRange<std::size_t>(0, 4));
      for (GroupEndpoint& endpoint : group.endpoints) {
        endpoint = {some_text(input), some_text(input)};
      }
      return write_as(
          group, [&group](std::string_view bytes) { return decode_url_group(bytes, group.name); });
    }
    case 3: {
      Schedule schedule;
      schedule.id = some_text(input);
      schedule.cron = some_text(input);
      schedule.cron_with_seconds = input.ConsumeBool();
      schedule.created = some_time(input);
      schedule.updated = some_time(input);
      schedule.paused = input.ConsumeBool();
      schedule.delay = Milliseconds(some_ms(input));
      schedule.message.account = input.ConsumeIntegral<AccountId>();
      schedule.message.url = some_text(input);
      schedule.message.headers = some_headers(input);
      schedule.message.body = some_text(input);
      schedule.message.queue = some_text(input);
      return write_as(schedule, [&schedule](std::string_view bytes) {
        return decode_schedule(bytes, schedule.id);
      });
    }
    case 4: {
      ScheduleState state;
      state.last_run = some_time(input);
      state.last_messages.resize(input.ConsumeIntegralInRange<std::size_t>(0, 4));
      for (MessageId& id : state.last_messages) {
        id = {input.ConsumeIntegral<std::uint64_t>(), input.ConsumeIntegral<std::uint64_t>()};
      }
      state.error = some_text(input);
      return write_as(state, decode_schedule_state);
    }
    default: {
      const BulkAction action{some_text(input),
                              some_time(input),
                              some_time(input),
                              input.ConsumeIntegral<std::uint64_t>(),
                              input.ConsumeIntegral<std::uint64_t>(),
                              input.ConsumeIntegral<std::uint64_t>(),
                              some_headers(input)};
      return write_as(action, [&action](std::string_view bytes) {
        return decode_bulk_action(bytes, action.id);
      });
    }
  }
}

}  // namespace
}  // namespace godwit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  godwit::read_as_resources(bytes);
  godwit::read_as_keys(bytes);
  FuzzedDataProvider input(data, size);
  godwit::write_and_read(input);
  return 0;
}
