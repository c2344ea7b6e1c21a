#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/publish_request.h"
#include "core/message.h"
#include "core/result.h"

namespace godwit {

/// The settings of messages and schedules, by the name after `Upstash-`.
enum class MessageSetting : std::uint8_t {
  method,
  timeout,
  retries,
  retry_delay,
  delay,
  not_before,
  deduplication_id,
  content_based_deduplication,
  header_forward,
  label,
  redact_fields,
  flow_control_key,
  flow_control_value,
  queue_name,
  callback,
  failure_callback,
  cron,
  cron_seconds,  ///< Ours: `true` means that the expression's first field is the seconds.
  schedule_id
};
inline constexpr std::size_t setting_count = 19;

/// `Retry-Delay`, ...: what stands after `Upstash-`, in the order of MessageSetting.
extern const std::array<std::string_view, setting_count> setting_names;

/// `invalid <Header-Name> header: <reason>`, as invalid_argument.
std::unexpected<Error> invalid_header(std::string_view name, std::string_view reason);

/// Whether a header of this name and value could be sent as one line. Items of a batch are not
/// HTTP: their headers may hold anything.
bool is_sendable(std::string_view name, std::string_view value);

/// The raw values of a message's settings, gathered in one pass over each place that they may stand
/// in: headers, then the query, then the defaults of a URL group. The first value that is not empty
/// counts. What begins with `Upstash-Callback-` or `Upstash-Failure-Callback-` configures a
/// callback and stands in a SettingValues of its own, where the same goes for the callbacks of the
/// callback. Views into what was gathered from.
class SettingValues {
 public:
  /// Errors: invalid_argument for a workflow's setting, which nobody here can honour, and for a
  /// forwarded header that could not be sent.
  static Result<SettingValues> gather(const MessageSettings& settings);

  /// Adds those of `defaults` that are not set yet. What makes a schedule out of a publish is no
  /// default. Errors as above. `defaults` must outlive this.
  Result<void> gather_defaults(const Headers& defaults);

  /// Without blanks around it; empty: not set.
  std::string_view operator[](MessageSetting setting) const {
    return values_[static_cast<std::size_t>(setting)];
  }
  std::string_view content_type() const { return content_type_; }
  /// `Upstash-Forward-...`, the prefix taken off and the names canonical.
  Headers take_forwarded() { return std::move(forwarded_); }

  /// What configures the callback, or the failure callback: null when nothing does. Its own
  /// callbacks have none.
  SettingValues* callback() const { return callbacks_[0].get(); }
  SettingValues* failure_callback() const { return callbacks_[1].get(); }
  /// Whether these are the settings of a callback of a callback.
  bool is_innermost() const { return scope_ >= innermost_scope; }

  /// `Upstash-Retry-Delay`, `Upstash-Callback-Retry-Delay`, ...
  std::string header_name(MessageSetting setting) const;
  /// invalid_header() of that name.
  std::unexpected<Error> invalid(MessageSetting setting, std::string_view reason) const;

 private:
  // Scopes are numbered like the nodes of a heap: 0 the message, 2n + 1 and 2n + 2 the callback and
  // the failure callback of n.
  static constexpr std::size_t innermost_scope = 3;

  std::string_view prefix() const;
  Result<void> add(std::string_view suffix, std::string_view value);
  Result<void> add_forwarded(std::string_view name, std::string_view value);
  Result<void> add_to_callback(std::size_t which, std::string_view suffix, std::string_view value);
  void begin_place();

  std::size_t scope_ = 0;
  std::array<std::string_view, setting_count> values_;
  std::string_view content_type_;
  Headers forwarded_;
  std::size_t forwarded_before_ = 0;  // Those of earlier places; names among them are settled.
  std::array<std::unique_ptr<SettingValues>, 2> callbacks_;
};

}  // namespace godwit
