#include "dashboard/resources/setting_pages.h"

#include <span>
#include <string_view>
#include <utility>

#include "config/accounts.h"
#include "config/settings.h"
#include "config/values.h"
#include "core/signature.h"
#include "core/url.h"
#include "dashboard/resources/signature_report.h"
#include "dashboard/routing/answer.h"
#include "dashboard/routing/json_request.h"

namespace godwit {
namespace {

namespace asio = boost::asio;

/// Of an origin as Configuration has it: `--listen`, `GODWIT_LISTEN`, `godwit.toml:3`, `default`.
std::string_view kind_of(std::string_view origin) {
  if (origin == "default") return "default";
  if (origin.starts_with("-")) return "flag";
  const bool is_variable = origin.starts_with("GODWIT_") || origin.starts_with("QSTASH_");
  return is_variable && origin.find('.') == std::string_view::npos ? "environment" : "file";
}

void write_check(JsonWriter& json, const SignatureCheck& check) {
  json.begin_object();
  json.member("code", check.code);
  json.key("ok");
  if (check.ok) {
    json.boolean(*check.ok);
  } else {
    json.raw("null");
  }
  write_text_or_null(json, "key", check.key);
  write_text_or_null(json, "expected", check.expected);
  write_text_or_null(json, "found", check.found);
  json.end_object();
}

}  // namespace

SettingPages::SettingPages(const DashboardServices& services, const Configuration& configuration,
                           std::string public_token)
    : services_(services), configuration_(configuration), public_token_(std::move(public_token)) {}

HttpResponse SettingPages::settings() const {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("settings");
  json.begin_array();
  const std::span<const Setting> table = settings_table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Setting& setting = table[i];
    const std::string_view origin = i < configuration_.origins.size()
                                        ? std::string_view(configuration_.origins[i])
                                        : std::string_view("default");
    const std::string_view kind = kind_of(origin);
    const std::size_t point = setting.name.find('.');
    const std::string value = format_value(setting, configuration_.settings);
    json.begin_object();
    json.member("name", setting.name);
    json.member("section", point == std::string_view::npos ? std::string_view()
                                                           : setting.name.substr(0, point));
    json.member("value", setting.secret ? (value.empty() ? "not set" : "set") : value);
    json.member("origin", kind);
    write_text_or_null(json, "originName", kind == "default" ? std::string_view() : origin);
    json.member("type", type_of(setting));
    json.member("help", setting.help);
    json.member("secret", setting.secret);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return dashboard_json(std::move(body));
}

HttpResponse SettingPages::environment(const DashboardCall& call) const {
  const bool is_public = !public_token_.empty() &&
                         call.caller.account == account_number(public_users().front().account);
  const SigningKeys keys =
      call.caller.read_only ? SigningKeys{} : services_.broker.signing_keys(call.caller.account);
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("url", call.origin);
  write_text_or_null(json, "token", is_public ? std::string_view(public_token_) : "");
  write_text_or_null(json, "currentSigningKey", keys.current);
  write_text_or_null(json, "nextSigningKey", keys.next);
  json.end_object();
  return dashboard_json(std::move(body));
}

HttpResponse SettingPages::check_signature(const DashboardCall& call) const {
  const Result<JsonRequest> request = JsonRequest::parse(call.request.body);
  if (!request) return dashboard_problem(request.error());
  const auto signature = request->text("signature", signature_length_max);
  if (!signature) return dashboard_problem(signature.error());
  const auto body = request->bytes("body", "bodyBase64", call.request.body.size());
  if (!body) return dashboard_problem(body.error());
  const auto url = request->text("url", url_length_max);
  if (!url) return dashboard_problem(url.error());
  const std::string signature_text = signature->value_or(std::string());
  const std::string body_bytes = body->value_or(std::string());
  const std::string url_text = url->value_or(std::string());
  const SignatureReport report = godwit::check_signature(
      {.signature = signature_text, .body = body_bytes, .url = url_text},
      services_.broker.signing_keys(call.caller.account), services_.clock.now());
  std::string answer;
  JsonWriter json(answer);
  json.begin_object();
  json.member("valid", report.valid);
  write_text_or_null(json, "header", report.header);
  write_text_or_null(json, "claims", report.claims);
  json.key("checks");
  json.begin_array();
  for (const SignatureCheck& check : report.checks) write_check(json, check);
  json.end_array();
  json.end_object();
  return dashboard_json(std::move(answer));
}

void SettingPages::add_routes(DashboardRouter& router) {
  router.add({.method = "GET",
              .path = "/admin/v1/settings",
              .access = DashboardAccess::read,
              .summary = "Every setting, its value and where it came from",
              .handle = [this](const DashboardCall&) -> asio::awaitable<HttpResponse> {
                return answered(settings());
              }});
  router.add({.method = "GET",
              .path = "/admin/v1/environment",
              .access = DashboardAccess::read,
              .summary = "What a client needs to use this server",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(environment(call));
              }});
  // Changes nothing, but for who may hold the keys: a verdict about them is no secret.
  router.add({.method = "POST",
              .path = "/admin/v1/signature/check",
              .access = DashboardAccess::read,
              .summary = "Check a signature, every claim of it explained",
              .handle = [this](const DashboardCall& call) -> asio::awaitable<HttpResponse> {
                return answered(check_signature(call));
              }});
}

}  // namespace godwit
