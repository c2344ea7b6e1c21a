#include "dashboard/messages/diagnosis.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"
#include "core/url.h"

namespace godwit {
namespace {

bool contains_any_case(std::string_view text, std::string_view part) {
  return !std::ranges::search(text, part, [](char a, char b) {
            return ascii::to_lower(a) == ascii::to_lower(b);
          }).empty();
}

std::string host_of(std::string_view url) {
  const Result<Url> parsed = parse_url(url);
  return parsed ? parsed->authority : std::string();
}

/// What stands behind `part`, up to a blank or the end.
std::string word_behind(std::string_view text, std::string_view part) {
  const std::size_t at = text.find(part);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + part.size());
  return std::string(rest.substr(0, rest.find_first_of(" ,;")));
}

/// `timeout after 1m30s while connecting to ...`
Diagnosis timeout(std::string_view error) {
  struct Phase {
    std::string_view text, name;
  };
  constexpr std::array<Phase, 6> phases = {{{"while resolving", "resolve"},
                                            {"while connecting", "connect"},
                                            {"TLS handshake", "tls"},
                                            {"while sending", "send"},
                                            {"while waiting for the response", "response"},
                                            {"while receiving", "body"}}};
  std::string phase = "unknown";
  for (const Phase& each : phases) {
    if (error.find(each.text) != std::string_view::npos) phase = each.name;
  }
  return {"timeout", {{"after", word_behind(error, "timeout after ")}, {"phase", phase}}};
}

struct ErrorRule {
  std::string_view part;  ///< Of the error's text.
  std::string_view code;
};
/// The first that fits counts.
constexpr std::array<ErrorRule, 20> error_rules = {{
    {"destination refused", "address_not_allowed"},
    {"connection refused", "refused"},
    {"hostname mismatch", "certificate_name"},
    {"IP address mismatch", "certificate_name"},
    {"certificate", "certificate"},
    {"TLS", "tls"},
    {"host not found", "host_not_found"},
    {"no DNS server", "host_not_found"},
    {"resolving ", "host_not_found"},
    {"invalid response", "not_http"},
    {"connection reset", "connection_cut"},
    {"connection closed", "connection_cut"},
    {"sending to", "connection_cut"},
    {"receiving from", "connection_cut"},
    {"exchange with", "connection_cut"},
    {"too large", "too_large"},
    {"no route to", "refused"},
    {"timed out", "timeout"},
    {"timeout", "timeout"},
    {"connecting to", "refused"},
}};

Diagnosis diagnose_error(const FailedAttempt& attempt) {
  const std::string_view error = attempt.error;
  if (error.starts_with("timeout after")) return timeout(error);
  for (const ErrorRule& rule : error_rules) {
    if (error.find(rule.part) == std::string_view::npos) continue;
    Diagnosis diagnosis{rule.code};
    const std::string_view code = rule.code;
    if (code == "refused" || code == "address_not_allowed") {
      std::string address(attempt.address);
      for (const std::string_view before : {"refused by ", "route to ", "connecting to "}) {
        if (address.empty()) address = word_behind(error, before);
      }
      if (address.empty()) address = host_of(attempt.url);
      diagnosis.params = {{"address", std::move(address)}};
    } else if (code == "host_not_found" || code == "certificate_name") {
      diagnosis.params = {{"host", host_of(attempt.url)}};
    } else if (code == "certificate") {
      diagnosis.params = {{"detail", std::string(error.substr(0, 200))}};
    } else if (code == "timeout") {
      return timeout(error);
    }
    return diagnosis;
  }
  return {"unknown"};
}

bool is_login(std::string_view location) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"login", "log-in", "signin", "sign-in", "sign_in",
                                              "/auth", "oauth", "sso"},
      [location](std::string_view part) { return contains_any_case(location, part); });
}

}  // namespace

Diagnosis diagnose(const FailedAttempt& attempt) {
  const int status = attempt.status;
  if (status == 0) return diagnose_error(attempt);
  const std::string number = std::to_string(status);
  if (status >= 300 && status < 400) {
    const std::string* const found = find_header(attempt.headers, "Location");
    const std::string location = found == nullptr ? std::string() : found->substr(0, 300);
    return {is_login(location) ? "login_page" : "redirect", {{"location", location}}};
  }
  switch (status) {
    case 401:
    case 403:
      return {"unauthorized", {{"status", number}}};
    case 404:
    case 410:
      return {"not_found", {{"status", number}}};
    case 405:
    case 501:
      return {"method_not_allowed", {{"status", number}}};
    case 413:
      return {"too_large"};
    case 429: {
      const std::string* const after = find_header(attempt.headers, "Retry-After");
      return {"rate_limited",
              {{"retryAfter", after == nullptr ? std::string() : after->substr(0, 100)}}};
    }
    default:
      break;
  }
  if (status >= 500) return {"server_error", {{"status", number}}};
  if (status >= 400) return {"client_error", {{"status", number}}};
  return {"unknown"};
}

}  // namespace godwit
