#pragma once
// The numbers of the disk format that record.cpp writes and record_decode.cpp reads; the picture of
// the format stands at the top of record.cpp, the tags of other kinds in resource_record.cpp.
#include <cstddef>
#include <cstdint>

#include "core/message.h"

namespace godwit::record_format {

enum class Kind : unsigned char {
  message = 1,
  log = 2,
  dead_letter = 3,
  queue = 4,
  flow_control = 5,
  url_group = 6,
  schedule = 7,
  schedule_state = 8,
  bulk_action = 9,
  statistics = 10,
  statistics_step = 11,
};
inline constexpr unsigned char format_version = 1;
inline constexpr std::size_t head_size = 2;

/// Numbers are never given to another meaning. All are below 128: one byte.
enum class Tag : unsigned char {
  account = 1,
  url = 2,
  method = 3,
  header = 4,  // Repeated, in order.
  body = 5,
  retries_max = 6,
  retry_delay = 7,
  timeout = 8,
  created = 9,
  not_before = 10,  // Absent: as created.
  caller_ip = 11,
  label = 12,  // Repeated, in order.
  redaction = 13,
  redacted_header = 14,  // Repeated, in order.
  id = 15,               // Dead letters only: 16 bytes.
  retried = 16,
  due = 17,  // Absent: as not_before.
  state = 18,
  flushed = 19,
  row = 20,  // Repeated, in order.
  reason = 21,
  last_status = 22,
  last_error = 23,
  last_header = 24,  // Repeated, in order.
  last_body = 25,
  queue = 26,
  flow_control = 27,  // A group of FlowControlTag.
  group = 28,
  endpoint = 29,
  schedule_id = 30,
  callback = 31,  // A group of CallbackTag.
  failure_callback = 32,
  callback_of = 33,  // 16 bytes.
  blocks_queue = 34,
  tells_failure = 35,
  replay_of = 36,    // A group of ReplayTag.
  last_timing = 37,  // As RowTag::timing.
  body_size = 38,    // Of the whole, in log records that have less of it.
  deduplication_id = 39,
};
inline constexpr Tag last_tag = Tag::deduplication_id;

enum class RowTag : unsigned char {
  time = 1,
  state = 2,
  next_delivery = 3,
  error = 4,
  status = 5,
  response_header = 6,  // Repeated, in order.
  response_body = 7,
  timing = 8,    // See timing_field().
  callback = 9,  // 16 bytes.
};

enum class ReplayTag : unsigned char {
  dead_letter_id = 1,
  message = 2,  // 16 bytes.
  change = 3,   // Repeated, in order: groups of ChangeTag.
};

enum class ChangeTag : unsigned char { what = 1, name = 2, before = 3, after = 4 };

enum class FlowControlTag : unsigned char { key = 1, parallelism = 2, rate = 3, period = 4 };

enum class CallbackTag : unsigned char {
  url = 1,
  method = 2,
  header = 3,  // Repeated, in order.
  retries_max = 4,
  retry_delay = 5,
  timeout = 6,
  delay = 7,
  flow_control = 8,
  label = 9,  // Repeated, in order.
  redaction = 10,
  redacted_header = 11,  // Repeated, in order.
  callback = 12,         // A group of CallbackTag again, which holds no further one.
  failure_callback = 13,
};
/// A message's callback and that one's own.
inline constexpr int callback_depth_max = 2;

inline constexpr std::uint64_t redacts_body = 1;
inline constexpr std::uint64_t redacts_all_headers = 2;
inline constexpr std::uint64_t cancel_was_requested = 1;
inline constexpr std::uint64_t body_is_outside = 2;
inline constexpr std::uint64_t message_ended = 4;
inline constexpr std::uint64_t stands_in_list = 8;
inline constexpr std::uint64_t log_is_degraded = 16;

/// What a timing holds, in this order.
inline constexpr std::uint64_t timing_has_resolve = 1;
inline constexpr std::uint64_t timing_has_connect = 2;
inline constexpr std::uint64_t timing_has_tls = 4;
inline constexpr std::uint64_t timing_has_first_byte = 8;
inline constexpr std::uint64_t timing_has_body = 16;
inline constexpr std::uint64_t connection_was_reused = 32;
inline constexpr std::uint64_t timing_bits = 63;

/// The defaults of fields that are left out are part of the format, whatever Message's may become.
inline constexpr Method method_unless_written = Method::post;
inline constexpr int retries_max_unless_written = 3;
inline constexpr Milliseconds period_unless_written{1000};

}  // namespace godwit::record_format
