#pragma once
#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace godwit {

enum class LogLevel { debug, info, warn, error, off };
enum class LogFormat { logfmt, json };
/// `name` is a choice of the settings log.level and log.format.
LogLevel log_level_of(std::string_view name);
LogFormat log_format_of(std::string_view name);
std::string_view to_string(LogLevel level);

/// One `key=value` of an event. Keys are ours: letters and underscores.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, std::integral auto v)
      : key(k), value(std::to_string(v)), is_number(true) {}

  std::string_view key;
  std::string value;
  bool is_number = false;
};

/// The line of an event, without a line break: `time=... level=info event=ready
/// listen=127.0.0.1:8080`, or the same as a JSON object. Values with blanks, quotation marks or
/// control characters are quoted and escaped.
std::string format_event(LogFormat format, std::int64_t unix_ms, LogLevel level,
                         std::string_view event, std::span<const LogField> fields);
inline std::string format_event(LogFormat format, std::int64_t unix_ms, LogLevel level,
                                std::string_view event, std::initializer_list<LogField> fields) {
  return format_event(format, unix_ms, level, event,
                      std::span<const LogField>(fields.begin(), fields.size()));
}

/// What happens in the process, told on standard error, one structured line an event. Never a
/// token, never a body.
///
/// Writing never waits for whoever reads: lines go through a bounded queue to a thread of their
/// own, and when the reader is too slow, the oldest are dropped and counted. Threads: any. The
/// destructor writes what is queued.
class EventLog {
 public:
  EventLog(LogLevel level, LogFormat format);
  ~EventLog();

  bool logs(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

  void write(LogLevel level, std::string_view event, std::span<const LogField> fields);
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(level, event, std::span<const LogField>(fields.begin(), fields.size()));
  }
  /// Writes past the queue, before it returns: for the last words of a process.
  void write_now(LogLevel level, std::string_view event,
                 std::initializer_list<LogField> fields = {}) const;

  std::uint64_t dropped() const;

 private:
  class Impl;
  std::atomic<LogLevel> level_;
  LogFormat format_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
