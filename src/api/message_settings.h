#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "api/publish_request.h"
#include "core/message.h"
#include "core/result.h"

namespace godwit {

/// The settings that this version honours, by the name after `Upstash-`.
enum class Setting : std::uint8_t {
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
  redact_fields
};
inline constexpr std::size_t setting_count = 11;

/// `Upstash-Retry-Delay`, ...
std::string_view header_name(Setting setting);

/// `invalid <Header-Name> header: <reason>`, as invalid_argument.
std::unexpected<Error> invalid_header(std::string_view name, std::string_view reason);

/// Whether a header of this name and value could be sent as one line. Items of a batch are not
/// HTTP: their headers may hold anything.
bool is_sendable(std::string_view name, std::string_view value);

/// The raw values of a message's settings, gathered in one pass over its headers and one over its
/// query. The first value that is not empty counts, and headers come before the query. Views into
/// the MessageSettings' referents.
class SettingValues {
 public:
  /// Errors: invalid_argument for a setting that is known and not supported yet, and for a
  /// forwarded header that could not be sent.
  static Result<SettingValues> gather(const MessageSettings& settings);

  /// Without blanks around it; empty: not set.
  std::string_view operator[](Setting setting) const {
    return values_[static_cast<std::size_t>(setting)];
  }
  std::string_view content_type() const { return content_type_; }
  /// `Upstash-Forward-...`, the prefix taken off and the names canonical.
  Headers take_forwarded() { return std::move(forwarded_); }

 private:
  Result<void> add(std::string_view name, std::string_view value, bool from_query);
  Result<void> add_forwarded(std::string_view name, std::string_view value, bool from_query);

  std::array<std::string_view, setting_count> values_;
  std::string_view content_type_;
  Headers forwarded_;
  std::size_t forwarded_by_headers_ = 0;  // The query's come behind, for names not among these.
};

}  // namespace godwit
