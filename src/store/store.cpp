#include "store/store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/assert.h"

namespace godwit {
namespace {

constexpr std::size_t part_size_max = std::numeric_limits<std::uint32_t>::max();

struct OperationHead {
  std::uint8_t kind;
  Space space;
  std::size_t key_size;
  std::size_t value_size;
};

/// Makes room for a whole operation at once and writes its head; the caller appends key and value.
void append_head(std::string& buffer, const OperationHead& head) {
  GODWIT_ASSERT(head.key_size <= part_size_max && head.value_size <= part_size_max);
  const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(head.key_size),
                                  static_cast<std::uint32_t>(head.value_size)};
  char bytes[10];
  bytes[0] = static_cast<char>(head.kind);
  bytes[1] = static_cast<char>(head.space);
  __builtin_memcpy(bytes + 2, sizes, sizeof sizes);
  const std::size_t needed = buffer.size() + sizeof bytes + head.key_size + head.value_size;
  // reserve() alone would grow to exactly `needed` and copy the buffer for every operation.
  if (needed > buffer.capacity()) buffer.reserve(std::max(needed, buffer.capacity() * 2));
  buffer.append(bytes, sizeof bytes);
}

}  // namespace

std::string_view to_string(Space space) {
  switch (space) {
    case Space::hot:
      return "hot";
    case Space::cold:
      return "cold";
    case Space::due:
      return "due";
    case Space::body:
      return "body";
    case Space::dlq:
      return "dlq";
    case Space::log:
      return "log";
    case Space::dedup:
      return "dedup";
    case Space::meta:
      return "meta";
    case Space::fifo:
      return "fifo";
  }
  GODWIT_ASSERT(false);
}

WriteBatch::WriteBatch(WriteBatch&& other) noexcept
    : buffer_(std::move(other.buffer_)), operations_(std::exchange(other.operations_, 0)) {
  other.buffer_.clear();
}

WriteBatch& WriteBatch::operator=(WriteBatch&& other) noexcept {
  if (this != &other) {
    buffer_ = std::move(other.buffer_);
    operations_ = std::exchange(other.operations_, 0);
    other.buffer_.clear();
  }
  return *this;
}

void WriteBatch::put(Space space, std::string_view key, std::string_view value) {
  append_head(buffer_, {0, space, key.size(), value.size()});
  buffer_.append(key);
  buffer_.append(value);
  ++operations_;
}

void WriteBatch::erase(Space space, std::string_view key) {
  append_head(buffer_, {1, space, key.size(), 0});
  buffer_.append(key);
  ++operations_;
}

void WriteBatch::clear() {
  buffer_.clear();
  operations_ = 0;
}

}  // namespace godwit
