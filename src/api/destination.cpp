#include "api/destination.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>

#include "api/publish_request.h"
#include "core/ascii.h"
#include "core/url.h"
#include "net/address_guard.h"

namespace godwit {
namespace {

bool starts_with_ignore_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equals_ignore_case(text.substr(0, start.size()), start);
}

/// Refuses what the guard would refuse at delivery, as far as that can be told without asking DNS.
Result<void> check_address(const Url& url, const AddressPolicy& guard) {
  std::array<std::string_view, 2> candidates;
  if (url.host_is_address) {
    candidates[0] = url.host;
  } else if (url.host == "localhost" || url.host.ends_with(".localhost")) {
    candidates = {"127.0.0.1", "::1"};
  }
  for (const std::string_view candidate : candidates) {
    if (candidate.empty()) continue;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(candidate, error);
    if (error) continue;  // Not in the notation that Asio reads: delivery vets what it connects to.
    const std::optional<std::string> reason = guard.refuse(url.host, address);
    if (!reason) continue;
    if (address.is_loopback()) {
      return fail(ErrorCode::invalid_argument,
                  "invalid destination url: endpoint resolves to a loopback address: " +
                      address.to_string());
    }
    return fail(ErrorCode::invalid_argument, "invalid destination url: " + *reason);
  }
  return {};
}

}  // namespace

bool is_resource_name(std::string_view text) {
  return !text.empty() && text.size() <= resource_name_length_max &&
         std::ranges::all_of(text, [](char c) {
           return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-' || c == '.';
         });
}

Result<Destination> classify_destination(std::string_view destination, const PublishRules& rules) {
  if (destination.empty()) {
    return fail(ErrorCode::invalid_argument, "a non-empty destination must be provided");
  }
  if (starts_with_ignore_case(destination, "http://") ||
      starts_with_ignore_case(destination, "https://")) {
    if (Result<void> checked = check_url(destination, rules); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
    return Destination::url;
  }
  if (starts_with_ignore_case(destination, "api/")) {
    return fail(ErrorCode::invalid_argument, "api destinations are not supported");
  }
  if (is_resource_name(destination)) return Destination::group;
  return fail(ErrorCode::invalid_argument,
              "invalid destination url: endpoint has invalid scheme, add http:// or https://");
}

Result<void> check_url(std::string_view url, const PublishRules& rules) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return std::unexpected(parsed.error());
  if (!rules.settings.refuse_loopback_destinations || rules.guard == nullptr) return {};
  return check_address(*parsed, *rules.guard);
}

}  // namespace godwit
