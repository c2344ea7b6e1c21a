#pragma once
#include <memory>
#include <utility>

namespace godwit {

/// A value or nothing, on the heap: an optional member that costs one pointer while it is empty,
/// and may be of the type that holds it. Copies and compares what it holds.
template <typename T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) held_ = other.held_ ? std::make_unique<T>(*other.held_) : nullptr;
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  explicit operator bool() const { return held_ != nullptr; }
  T& operator*() { return *held_; }
  const T& operator*() const { return *held_; }
  T* operator->() { return held_.get(); }
  const T* operator->() const { return held_.get(); }

  friend bool operator==(const Boxed& a, const Boxed& b) {
    return a.held_ && b.held_ ? *a.held_ == *b.held_ : !a.held_ && !b.held_;
  }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace godwit
