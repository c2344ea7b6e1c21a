#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace godwit {

/// Bytes received and not read yet, in one piece. Small while little arrives, and nothing at all
/// until the first byte is waited for.
class ReceiveBuffer {
 public:
  static constexpr std::size_t capacity_small = std::size_t{4} * 1024;
  static constexpr std::size_t capacity_large = std::size_t{64} * 1024;

  struct Room {
    char* begin = nullptr;
    std::size_t size = 0;
  };

  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Where to receive the next bytes: at least one. The unread bytes may move.
  Room room() {
    if (begin_ > 0) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_) set_capacity(std::max(capacity_small, 2 * capacity_));
    return {bytes_.get() + end_, capacity_ - end_};
  }

  /// `count` bytes were received into the room().
  void commit(std::size_t count) {
    filled_ = end_ + count == capacity_;
    end_ += count;
  }

  /// Grows to capacity_large if the last receive used all the room there was: more is on its way.
  /// For bodies, of which nothing stays unread.
  void grow_for_stream() {
    if (filled_ && empty() && capacity_ < capacity_large) set_capacity(capacity_large);
  }

  /// Gives back what one large request needed. For when little is unread.
  void shrink() {
    if (capacity_ > capacity_small && empty()) set_capacity(capacity_small);
  }

 private:
  void set_capacity(std::size_t capacity) {
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > 0) std::memcpy(bytes.get(), bytes_.get(), end_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
    filled_ = false;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;
};

}  // namespace godwit
