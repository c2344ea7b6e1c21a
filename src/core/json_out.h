#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit {

/// Appends `text` as a JSON string, quotes included. What is not UTF-8 becomes U+FFFD, byte for
/// byte.
void append_json_string(std::string& out, std::string_view text);

/// Whether `text` is valid UTF-8: it survives append_json_string() unchanged.
bool is_utf8(std::string_view text);

/// Writes one JSON text by appending to a string. Commas are its own affair; nesting is the
/// caller's: it neither checks that a member stands in an object nor that all is closed.
class JsonWriter {
 public:
  /// `out` outlives the writer.
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  /// The name of the next value, written as it is: for names of ours, that need no escape.
  void key(std::string_view name);
  /// The name of the next value, of any bytes.
  void foreign_key(std::string_view name);

  void string(std::string_view text);
  /// A string of base64, padded.
  void base64(std::string_view bytes);
  void integer(std::int64_t value);
  void boolean(bool value);
  /// One whole JSON value that is spelled out already.
  void raw(std::string_view json);

  void member(std::string_view name, std::string_view text) {
    key(name);
    string(text);
  }
  void member(std::string_view name, std::integral auto value) {
    key(name);
    if constexpr (std::same_as<decltype(value), bool>) {
      boolean(value);
    } else {
      integer(static_cast<std::int64_t>(value));
    }
  }
  /// Nothing when `text` is empty: QStash leaves out what is not set.
  void member_unless_empty(std::string_view name, std::string_view text) {
    if (!text.empty()) member(name, text);
  }

 private:
  void separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }
  void open(char bracket) {
    separate();
    out_.push_back(bracket);
    comma_ = false;
  }
  void close(char bracket) {
    out_.push_back(bracket);
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false;  // A value stands before the next one.
};

}  // namespace godwit
