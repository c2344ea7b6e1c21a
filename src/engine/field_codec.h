#pragma once
// How fields are written and read; the picture of the format stands at the top of record.cpp. What
// the tags mean is told by record_format.h and resource_record.cpp. Written once for all records:
// each is described by a function of a sink, and read by a function of a field.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/assert.h"
#include "core/flow_control.h"
#include "core/message.h"
#include "core/message_id.h"
#include "core/result.h"
#include "core/time.h"
#include "engine/record_format.h"

namespace godwit::field_codec {

// Writing. A record is described twice: to a Measure, and then to a Pen that fills exactly that
// size.

constexpr std::size_t varint_size(std::uint64_t number) {
  std::size_t size = 1;
  for (; number >= 0x80; number >>= 7) ++size;
  return size;
}

class Measure {
 public:
  void byte(unsigned char) { ++size_; }
  void varint(std::uint64_t number) { size_ += varint_size(number); }
  void bytes(std::string_view bytes) { size_ += bytes.size(); }
  template <typename Describe>
  void nested(std::size_t size, Describe&&) {
    size_ += size;
  }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  void byte(unsigned char byte) { *at_++ = static_cast<char>(byte); }
  void varint(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) byte(static_cast<unsigned char>(number | 0x80));
    byte(static_cast<unsigned char>(number));
  }
  void bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  template <typename Describe>
  void nested(std::size_t, Describe&& describe) {
    describe(*this);
  }
  const char* at() const { return at_; }

 private:
  char* at_;
};

/// The bytes of a record of `kind` whose fields `describe(sink)` writes.
template <typename Describe>
std::string write_record(record_format::Kind kind, const Describe& describe) {
  Measure measure;
  describe(measure);
  const std::size_t size = record_format::head_size + measure.size();
  std::string bytes;
  // libstdc++ 12 hands the operation the capacity instead of the size it was asked for: not used.
  bytes.resize_and_overwrite(size, [&](char* at, std::size_t) {
    Pen pen(at);
    pen.byte(static_cast<unsigned char>(kind));
    pen.byte(record_format::format_version);
    describe(pen);
    GODWIT_ASSERT(pen.at() == at + size);
    return size;
  });
  return bytes;
}

template <typename Sink, typename AnyTag>
void number_field(Sink& sink, AnyTag tag, std::uint64_t number) {
  sink.byte(static_cast<unsigned char>(tag));
  sink.byte(static_cast<unsigned char>(varint_size(number)));
  sink.varint(number);
}

template <typename Sink, typename AnyTag>
void time_field(Sink& sink, AnyTag tag, Timestamp time) {
  number_field(sink, tag, static_cast<std::uint64_t>(to_unix_ms(time)));
}

template <typename Sink, typename AnyTag>
void duration_field(Sink& sink, AnyTag tag, Milliseconds duration) {
  number_field(sink, tag, static_cast<std::uint64_t>(duration.count()));
}

template <typename Sink, typename AnyTag>
void int_field(Sink& sink, AnyTag tag, int number) {
  number_field(sink, tag, static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
}

template <typename Sink, typename AnyTag>
void bytes_field(Sink& sink, AnyTag tag, std::string_view bytes) {
  sink.byte(static_cast<unsigned char>(tag));
  sink.varint(bytes.size());
  sink.bytes(bytes);
}

/// Left out when 0.
template <typename Sink, typename AnyTag>
void count_field(Sink& sink, AnyTag tag, std::uint64_t count) {
  if (count != 0) number_field(sink, tag, count);
}

/// Left out when empty.
template <typename Sink, typename AnyTag>
void text_field(Sink& sink, AnyTag tag, std::string_view text) {
  if (!text.empty()) bytes_field(sink, tag, text);
}

/// The 16 bytes of an id, without a field around them.
template <typename Sink>
void id_bytes(Sink& sink, MessageId id) {
  for (const std::uint64_t half : {id.high, id.low}) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      sink.byte(static_cast<unsigned char>(half >> shift));
    }
  }
}

template <typename Sink, typename AnyTag>
void id_field(Sink& sink, AnyTag tag, MessageId id) {
  sink.byte(static_cast<unsigned char>(tag));
  sink.byte(MessageId::size_bytes);
  id_bytes(sink, id);
}

template <typename Sink, typename AnyTag>
void header_fields(Sink& sink, AnyTag tag, const Headers& headers) {
  for (const Header& header : headers) {
    sink.byte(static_cast<unsigned char>(tag));
    sink.varint(varint_size(header.name.size()) + header.name.size() + header.value.size());
    sink.varint(header.name.size());
    sink.bytes(header.name);
    sink.bytes(header.value);
  }
}

template <typename Sink, typename AnyTag>
void list_fields(Sink& sink, AnyTag tag, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) bytes_field(sink, tag, text);
}

/// A field of fields, which `describe(sink)` writes.
template <typename Sink, typename AnyTag, typename Describe>
void group_field(Sink& sink, AnyTag tag, const Describe& describe) {
  Measure measure;
  describe(measure);
  sink.byte(static_cast<unsigned char>(tag));
  sink.varint(measure.size());
  sink.nested(measure.size(), describe);
}

// Reading. The bytes may be anything.

/// What is wrong, as a piece of a sentence; nullptr: nothing.
using Problem = const char*;

struct Field {
  std::uint64_t tag = 0;
  std::string_view bytes;
};

/// More of anything than a record may repeat: what hostile bytes can make decoding allocate stays
/// within a small multiple of their own size.
inline constexpr std::size_t list_max = 65'536;

/// Times beyond this (36 million years) are damage; within, sums of two cannot overflow.
inline constexpr std::int64_t time_ms_max = std::int64_t{1} << 60;

/// Takes a varint off the front of `bytes`.
inline bool take_varint(std::string_view& bytes, std::uint64_t& number) {
  number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) return false;
    number |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// Takes a field off the front of `rest`, which is not empty.
inline Problem take_field(std::string_view& rest, Field& field) {
  std::uint64_t size = 0;
  if (!take_varint(rest, field.tag)) return "a field begins with no readable tag";
  if (!take_varint(rest, size)) return "a field has no readable size";
  if (size > rest.size()) return "a field ends beyond the record";
  field.bytes = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return nullptr;
}

inline Problem read(std::string_view bytes, std::uint64_t& number) {
  return take_varint(bytes, number) && bytes.empty() ? nullptr : "a number is not one varint";
}

inline Problem read(std::string_view bytes, int& number) {
  std::uint64_t bits = 0;
  if (const Problem problem = read(bytes, bits)) return problem;
  const auto wide = static_cast<std::int64_t>(bits);
  if (!std::in_range<int>(wide)) return "a number is out of range";
  number = static_cast<int>(wide);
  return nullptr;
}

/// Takes a time off the front of `bytes`.
inline Problem take_time(std::string_view& bytes, Timestamp& time) {
  std::uint64_t bits = 0;
  if (!take_varint(bytes, bits)) return "a number is not one varint";
  const auto ms = static_cast<std::int64_t>(bits);
  if (ms < -time_ms_max || ms > time_ms_max) return "a time is out of range";
  time = from_unix_ms(ms);
  return nullptr;
}

inline Problem read(std::string_view bytes, Timestamp& time) {
  if (const Problem problem = take_time(bytes, time)) return problem;
  return bytes.empty() ? nullptr : "a number is not one varint";
}

inline Problem read(std::string_view bytes, Milliseconds& duration) {
  Timestamp since_1970;
  const Problem problem = read(bytes, since_1970);
  duration = since_1970.time_since_epoch();
  return problem;
}

inline Problem read(std::string_view bytes, std::string& text) {
  text = bytes;
  return nullptr;
}

inline Problem read(std::string_view bytes, MessageId& id) {
  const auto read_id = MessageId::from_bytes(bytes);
  if (!read_id) return "an id has not 16 bytes";
  id = *read_id;
  return nullptr;
}

inline Problem read_more(std::string_view bytes, std::vector<std::string>& texts) {
  if (texts.size() == list_max) return "a list is too long";
  texts.emplace_back(bytes);
  return nullptr;
}

inline Problem read_more(std::string_view bytes, Headers& headers) {
  std::uint64_t name_size = 0;
  if (!take_varint(bytes, name_size) || name_size > bytes.size()) {
    return "a header's name ends beyond it";
  }
  if (headers.size() == list_max) return "a list is too long";
  const auto split = static_cast<std::size_t>(name_size);
  headers.push_back(Header{std::string(bytes.substr(0, split)), std::string(bytes.substr(split))});
  return nullptr;
}

inline Problem read_more(std::string_view bytes, std::vector<Timestamp>& times) {
  while (!bytes.empty()) {
    if (times.size() == list_max) return "a list is too long";
    if (const Problem problem = take_time(bytes, times.emplace_back())) return problem;
  }
  return nullptr;
}

/// Hands every field of a group to `read_field(field) -> Problem`, but for those beyond `last`, the
/// last tag that this program knows.
template <typename AnyTag, typename ReadField>
Problem read_group(std::string_view bytes, AnyTag last, const ReadField& read_field) {
  while (!bytes.empty()) {
    Field field;
    if (const Problem problem = take_field(bytes, field)) return problem;
    if (field.tag > static_cast<std::uint64_t>(last)) continue;
    if (const Problem problem = read_field(field)) return problem;
  }
  return nullptr;
}

/// A kind of record as errors call it.
struct KindName {
  record_format::Kind kind;
  const char* name;
};

inline std::unexpected<Error> corrupt(const KindName& kind, const std::string& problem) {
  return fail(ErrorCode::corrupt,
              std::string("a stored ") + kind.name + " record cannot be read: " + problem);
}

/// Checks the head and then reads like read_group(). Errors: corrupt.
template <typename AnyTag, typename ReadField>
Result<void> read_record(std::string_view bytes, const KindName& kind, AnyTag last,
                         const ReadField& read_field) {
  if (bytes.size() < record_format::head_size) return corrupt(kind, "it is shorter than its head");
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto version = static_cast<unsigned char>(bytes[1]);
  if (first != static_cast<unsigned char>(kind.kind)) {
    return corrupt(kind, "its kind is " + std::to_string(first) + " instead of " +
                             std::to_string(static_cast<unsigned char>(kind.kind)));
  }
  if (version != record_format::format_version) {
    return corrupt(kind, "its version is " + std::to_string(version) +
                             " and this program knows only " +
                             std::to_string(record_format::format_version));
  }
  std::string_view rest = bytes.substr(record_format::head_size);
  while (!rest.empty()) {
    const std::size_t offset = bytes.size() - rest.size();
    Field field;
    Problem problem = take_field(rest, field);
    if (problem == nullptr && field.tag <= static_cast<std::uint64_t>(last)) {
      problem = read_field(field);
    }
    if (problem != nullptr) {
      return corrupt(kind, std::string(problem) + " (field " + std::to_string(field.tag) +
                               " at byte " + std::to_string(offset) + " of " +
                               std::to_string(bytes.size()) + ")");
    }
  }
  return {};
}

}  // namespace godwit::field_codec
