#include "process/event_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "core/time.h"

namespace godwit {
namespace {

constexpr std::size_t lines_queued_max = 2'048;

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) {
    return c > ' ' && c != '"' && c != '\\' && c != '=' && c != '\x7f';
  });
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_field(std::string& out, LogFormat format, const LogField& field) {
  if (format == LogFormat::json) {
    if (out.size() > 1) out += ',';
    append_quoted(out, field.key);
    out += ':';
    if (field.is_number) {
      out += field.value;
    } else {
      append_quoted(out, field.value);
    }
    return;
  }
  if (!out.empty()) out += ' ';
  out += field.key;
  out += '=';
  if (is_plain(field.value)) {
    out += field.value;
  } else {
    append_quoted(out, field.value);
  }
}

std::int64_t now_ms() { return to_unix_ms(SystemClock().now()); }

}  // namespace

LogLevel log_level_of(std::string_view name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warn") return LogLevel::warn;
  if (name == "error") return LogLevel::error;
  if (name == "off") return LogLevel::off;
  return LogLevel::info;
}

LogFormat log_format_of(std::string_view name) {
  return name == "json" ? LogFormat::json : LogFormat::logfmt;
}

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "unknown";
}

std::string format_event(LogFormat format, std::int64_t unix_ms, LogLevel level,
                         std::string_view event, std::span<const LogField> fields) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::string out(format == LogFormat::json ? "{" : "");
  append_field(
      out, format,
      {"time", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), unix_ms % 1000)});
  append_field(out, format, {"level", to_string(level)});
  append_field(out, format, {"event", event});
  for (const LogField& field : fields) append_field(out, format, field);
  if (format == LogFormat::json) out += '}';
  return out;
}

class EventLog::Impl {
 public:
  Impl()
      : pool_(std::make_shared<spdlog::details::thread_pool>(lines_queued_max, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "godwit", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::trace);
  }

  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

EventLog::EventLog(LogLevel level, LogFormat format)
    : level_(level), format_(format), impl_(std::make_unique<Impl>()) {}

EventLog::~EventLog() = default;

void EventLog::write(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (!logs(level)) return;
  impl_->logger_->log(spdlog::level::info,
                      spdlog::string_view_t(format_event(format_, now_ms(), level, event, fields)));
}

void EventLog::write_now(LogLevel level, std::string_view event,
                         std::initializer_list<LogField> fields) const {
  const std::string line = format_event(format_, now_ms(), level, event, fields) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written <= 0) return;  // Nobody is left to tell.
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::uint64_t EventLog::dropped() const { return impl_->pool_->overrun_counter(); }

}  // namespace godwit
