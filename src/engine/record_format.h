#pragma once
// The numbers of the disk format that record.cpp writes and record_decode.cpp reads; the picture of
// the format stands at the top of record.cpp.
#include <cstddef>
#include <cstdint>

#include "core/message.h"

namespace godwit::record_format {

enum class Kind : unsigned char { message = 1, log = 2, dead_letter = 3 };
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
};

enum class RowTag : unsigned char {
  time = 1,
  state = 2,
  next_delivery = 3,
  error = 4,
  status = 5,
  response_header = 6,  // Repeated, in order.
  response_body = 7,
};

inline constexpr std::uint64_t redacts_body = 1;
inline constexpr std::uint64_t redacts_all_headers = 2;
inline constexpr std::uint64_t cancel_was_requested = 1;
inline constexpr std::uint64_t body_is_outside = 2;
inline constexpr std::uint64_t message_ended = 4;

/// The defaults of fields that are left out are part of the format, whatever Message's may become.
inline constexpr Method method_unless_written = Method::post;
inline constexpr int retries_max_unless_written = 3;

}  // namespace godwit::record_format
